/**
 * Root mean square norm of each row, then a gate (FLA rms_norm_gated, FusedRMSNormGated).
 *
 *     o = x / sqrt(mean(x²) + eps) ⊙ weight ⊙ act(g), act swish or sigmoid
 *
 * x, g [.,D]; weight [D] or none.
 */
export function rmsNormGated({
  x,
  g,
  weight,
  activation = "swish",
  eps = 1e-5,
  sizes: { D },
}: {
  x: Float64Array;
  g: Float64Array;
  weight?: Float64Array | undefined;
  activation?: "swish" | "silu" | "sigmoid" | undefined;
  eps?: number | undefined;
  sizes: { D: number };
}): { o: Float64Array } {
  const o = new Float64Array(x.length);
  for (let start = 0; start < x.length; start += D) {
    let squares = 0;
    for (let i = 0; i < D; i++) squares += x[start + i]! ** 2;
    const rstd = 1 / Math.sqrt(squares / D + eps);
    for (let i = 0; i < D; i++) {
      const gate = g[start + i]!;
      const open = (activation === "sigmoid" ? 1 : gate) / (1 + Math.exp(-gate));
      o[start + i] = x[start + i]! * rstd * (weight?.[i] ?? 1) * open;
    }
  }
  return { o };
}
