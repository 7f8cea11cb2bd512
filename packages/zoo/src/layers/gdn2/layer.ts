import { gdn2 } from "@webfla/ops/fla";
import { type DeltaHeads, qkvProjection, repeatHeads, splitQkv } from "../../modules/delta-heads";
import { channelDecay, sigmoidGate } from "../../modules/gates";
import { headOutput } from "../../modules/head-output";
import { type Layer, recurrentState, splitHeads } from "../layer";

export interface Gdn2Options extends DeltaHeads {
  /** The erase gate in (0, 2) instead of (0, 1), so that an erase can reflect. */
  readonly allowNegEigval: boolean;
}

/** Gated DeltaNet-2 (arXiv:2605.22791). FLA: fla.layers.GatedDeltaNet2. */
export function gatedDeltaNet2(options: Gdn2Options): Layer {
  const { hiddenSize, headDim, numHeads, numValueHeads, valueDim, allowNegEigval } = options;
  const projection = qkvProjection(options);
  const decay = channelDecay({ ...options, heads: numHeads, rank: valueDim });
  const output = headOutput({ ...options, gate: "lowRankSigmoid" });
  return {
    parameters: {
      ...projection.parameters,
      ...decay.parameters,
      "b_proj.weight": [numHeads * headDim, hiddenSize],
      "w_proj.weight": [numValueHeads * valueDim, hiddenSize],
      ...output.parameters,
    },
    forward(ops, weights, x, context) {
      const { varlen, state, wantState } = context;
      const { streams, tensors } = projection.forward(ops, weights, x, context);
      const { o, finalState } = gdn2(ops, {
        ...splitQkv(ops, streams, options),
        g: repeatHeads(ops, decay.forward(ops, weights, x), numValueHeads / numHeads),
        b: splitHeads(ops, sigmoidGate(ops, x, weights("b_proj.weight"), allowNegEigval), numHeads),
        w: splitHeads(ops, sigmoidGate(ops, x, weights("w_proj.weight")), numValueHeads),
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
