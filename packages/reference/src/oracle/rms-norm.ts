/**
 * Root mean square norm of each row (Zhang & Sennrich 2019, arXiv 1910.07467; FLA rms_norm).
 *
 *     o = x / sqrt(mean(x²) + eps) ⊙ weight + bias
 *
 * x [.,D]; weight, bias [D] or none.
 */
export function rmsNorm({
  x,
  weight,
  bias,
  eps = 1e-5,
  sizes: { D },
}: {
  x: Float64Array;
  weight?: Float64Array | undefined;
  bias?: Float64Array | undefined;
  eps?: number | undefined;
  sizes: { D: number };
}): { o: Float64Array } {
  const o = new Float64Array(x.length);
  for (let start = 0; start < x.length; start += D) {
    let squares = 0;
    for (let i = 0; i < D; i++) squares += x[start + i]! ** 2;
    const rstd = 1 / Math.sqrt(squares / D + eps);
    for (let i = 0; i < D; i++) o[start + i] = x[start + i]! * rstd * (weight?.[i] ?? 1) + (bias?.[i] ?? 0);
  }
  return { o };
}
