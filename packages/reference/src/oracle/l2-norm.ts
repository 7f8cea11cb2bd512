/**
 * Euclidean norm of each row, eps under the root (FLA l2norm).
 *
 *     o = x / sqrt(Σ x² + eps)
 *
 * x [.,D].
 */
export function l2Norm({
  x,
  eps = 1e-6,
  sizes: { D },
}: {
  x: Float64Array;
  eps?: number | undefined;
  sizes: { D: number };
}): { o: Float64Array } {
  const o = new Float64Array(x.length);
  for (let start = 0; start < x.length; start += D) {
    let squares = 0;
    for (let i = 0; i < D; i++) squares += x[start + i]! ** 2;
    for (let i = 0; i < D; i++) o[start + i] = x[start + i]! / Math.sqrt(squares + eps);
  }
  return { o };
}
