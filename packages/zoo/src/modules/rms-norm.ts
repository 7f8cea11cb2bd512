import type { Layer } from "../layers/layer";

/** x / sqrt(mean x² + eps) · weight (Zhang & Sennrich 2019, arXiv:1910.07467). */
export const rmsNorm = (hiddenSize: number, eps: number): Layer => ({
  parameters: { weight: [hiddenSize] },
  forward: (ops, weights, x) => ({ o: ops.norm({ kind: "rms", x, weight: weights("weight"), eps }) }),
});
