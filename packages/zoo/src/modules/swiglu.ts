import { type Layer, linear } from "../layers/layer";

/** down(silu(gate(x)) · up(x)) (Shazeer 2020, arXiv:2002.05202). FLA: fla.modules.GatedMLP. */
export const swiglu = (hiddenSize: number, intermediateSize: number): Layer => ({
  parameters: {
    "gate_proj.weight": [intermediateSize, hiddenSize],
    "up_proj.weight": [intermediateSize, hiddenSize],
    "down_proj.weight": [hiddenSize, intermediateSize],
  },
  forward(ops, weights, x) {
    const a = linear(ops, x, weights("gate_proj.weight"));
    const b = linear(ops, x, weights("up_proj.weight"));
    return { o: linear(ops, ops.binary({ kind: "siluMul", a, b }), weights("down_proj.weight")) };
  },
});
