import type { Layer } from "../layers/layer";

/** (x − mean x) / sqrt(var x + eps) · weight (+ bias) (Ba et al. 2016, arXiv:1607.06450). */
export const layerNorm = (hiddenSize: number, eps: number, bias: boolean): Layer => ({
  parameters: { weight: [hiddenSize], ...(bias && { bias: [hiddenSize] }) },
  forward: (ops, weights, x) => ({
    o: ops.norm({
      kind: "layer",
      x,
      weight: weights("weight"),
      bias: bias ? weights("bias") : undefined,
      eps,
    }),
  }),
});
