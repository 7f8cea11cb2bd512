import { gatedDeltaRule } from "@webfla/ops/fla";
import { type DeltaHeads, qkvProjection, splitQkv } from "../../modules/delta-heads";
import { headDecay, sigmoidGate } from "../../modules/gates";
import { headOutput } from "../../modules/head-output";
import { type Layer, recurrentState } from "../layer";

export interface GatedDeltaNetOptions extends DeltaHeads {
  readonly useGate: boolean;
  /** beta in (0, 2) instead of (0, 1), so that an erase can reflect. */
  readonly allowNegEigval: boolean;
}

/** Gated DeltaNet (Yang et al. 2024, arXiv:2412.06464). FLA: fla.layers.GatedDeltaNet. */
export function gatedDeltaNet(options: GatedDeltaNetOptions): Layer {
  const { hiddenSize, numValueHeads, useGate, allowNegEigval } = options;
  const projection = qkvProjection(options);
  const output = headOutput({ ...options, gate: useGate ? "silu" : "none" });
  return {
    parameters: {
      A_log: [numValueHeads],
      dt_bias: [numValueHeads],
      ...projection.parameters,
      "a_proj.weight": [numValueHeads, hiddenSize],
      "b_proj.weight": [numValueHeads, hiddenSize],
      ...output.parameters,
    },
    forward(ops, weights, x, context) {
      const { varlen, state, wantState } = context;
      const { streams, tensors } = projection.forward(ops, weights, x, context);
      const { o, finalState } = gatedDeltaRule(ops, {
        ...splitQkv(ops, streams, options),
        g: headDecay(ops, weights, x),
        beta: sigmoidGate(ops, x, weights("b_proj.weight"), allowNegEigval),
        useQkL2normInKernel: true,
        initialState: state?.tensors["recurrent"],
        outputFinalState: wantState,
        varlen,
      });
      return {
        o: output.forward(ops, weights, x, o),
        state: finalState && recurrentState(varlen, { recurrent: finalState, ...tensors }),
      };
    },
  };
}
