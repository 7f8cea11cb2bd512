/**
 * Layer norm of each row (Ba et al. 2016, arXiv 1607.06450; FLA layer_norm).
 *
 *     o = (x - mean(x)) / sqrt(var(x) + eps) ⊙ weight + bias
 *
 * x [.,D]; weight, bias [D] or none.
 */
export function layerNorm({
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
    let mean = 0;
    for (let i = 0; i < D; i++) mean += x[start + i]! / D;
    let variance = 0;
    for (let i = 0; i < D; i++) variance += (x[start + i]! - mean) ** 2 / D;
    for (let i = 0; i < D; i++)
      o[start + i] =
        ((x[start + i]! - mean) / Math.sqrt(variance + eps)) * (weight?.[i] ?? 1) + (bias?.[i] ?? 0);
  }
  return { o };
}
