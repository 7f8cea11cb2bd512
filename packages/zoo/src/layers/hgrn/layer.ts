import { hgrn } from "@webfla/ops/fla";
import { boundedForgetGate } from "../../modules/forget-gate";
import { headOutput } from "../../modules/head-output";
import { shortConvProjection } from "../../modules/short-conv-projection";
import { type Layer, recurrentState, splitHeads } from "../layer";

export interface HgrnAttentionOptions {
  readonly hiddenSize: number;
  /** Channels of the recurrence, D. */
  readonly inputDim: number;
  /** Width of the short convolutions; 0 for none. */
  readonly convSize: number;
  /** Index of the layer's row among the model's lower bounds; absent, and for layer 0, without. */
  readonly lowerBound?: number | undefined;
  readonly normEps: number;
}

/** Hierarchically gated recurrence (Qin et al. 2023, arXiv:2311.04823). FLA: fla.layers.HGRNAttention. */
export function hgrnAttention(options: HgrnAttentionOptions): Layer {
  const { hiddenSize, inputDim, convSize, lowerBound, normEps } = options;
  const channels = { channels: inputDim };
  const projection = shortConvProjection({ hiddenSize, convSize, streams: { i: channels, f: channels } });
  const output = headOutput({
    hiddenSize,
    numValueHeads: 1,
    valueDim: inputDim,
    normEps,
    normName: "g_norm",
    gate: "silu",
  });
  return {
    parameters: { ...projection.parameters, ...output.parameters },
    forward(ops, weights, x, context) {
      const { varlen, state, wantState, shared } = context;
      const { streams, tensors } = projection.forward(ops, weights, x, context);
      const gate = boundedForgetGate(ops, streams.f, shared, lowerBound);
      const { o, finalState } = hgrn(ops, {
        x: ops.binary({ kind: "siluMul", a: streams.i, b: gate.write }),
        g: gate.log,
        initialState: state?.tensors["recurrent"],
        outputFinalState: wantState,
        varlen,
      });
      return {
        o: output.forward(ops, weights, x, splitHeads(ops, o, 1)),
        state: finalState && recurrentState(varlen, { recurrent: finalState, ...tensors }),
      };
    },
  };
}
