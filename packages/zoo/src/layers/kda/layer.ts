import { kda } from "@webfla/ops/fla";
import { type DeltaHeads, qkvProjection, splitQkv } from "../../modules/delta-heads";
import { channelDecay, sigmoidGate } from "../../modules/gates";
import { headOutput } from "../../modules/head-output";
import { type Layer, recurrentState } from "../layer";

export interface KdaOptions extends DeltaHeads {
  /** beta in (0, 2) instead of (0, 1), so that an erase can reflect. */
  readonly allowNegEigval: boolean;
  /** Below 0: log decays stay above it. */
  readonly lowerBound?: number | undefined;
}

/** Kimi Delta Attention (Kimi Team 2025, arXiv:2510.26692). FLA: fla.layers.KimiDeltaAttention. */
export function kimiDeltaAttention(options: KdaOptions): Layer {
  const { hiddenSize, numValueHeads, valueDim, allowNegEigval } = options;
  const projection = qkvProjection(options);
  const decay = channelDecay({ ...options, heads: numValueHeads, rank: valueDim });
  const output = headOutput({ ...options, gate: "lowRankSigmoid" });
  return {
    parameters: {
      ...projection.parameters,
      ...decay.parameters,
      "b_proj.weight": [numValueHeads, hiddenSize],
      ...output.parameters,
    },
    forward(ops, weights, x, context) {
      const { varlen, state, wantState } = context;
      const { streams, tensors } = projection.forward(ops, weights, x, context);
      const { o, finalState } = kda(ops, {
        ...splitQkv(ops, streams, options),
        g: decay.forward(ops, weights, x),
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
