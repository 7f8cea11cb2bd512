import { gla } from "@webfla/ops/fla";
import { boundedForgetGate } from "../../modules/forget-gate";
import { headOutput } from "../../modules/head-output";
import { shortConvProjection } from "../../modules/short-conv-projection";
import { type Layer, recurrentState, splitHeads } from "../layer";

export interface Hgrn2AttentionOptions {
  readonly hiddenSize: number;
  readonly numHeads: number;
  /** Channels of a key and of its forget gate, K. */
  readonly headDim: number;
  /** Width of the short convolutions; 0 for none. */
  readonly convSize: number;
  /** Index of the layer's row among the model's lower bounds; absent, and for layer 0, without. */
  readonly lowerBound?: number | undefined;
}

// FLA's kernel has its own, whatever the configuration says
const normEps = 1e-5;

/** HGRN2, gated linear recurrence with state expansion (Qin et al. 2024, arXiv:2404.07904). FLA: fla.layers.HGRN2Attention. */
export function hgrn2Attention(options: Hgrn2AttentionOptions): Layer {
  const { hiddenSize, numHeads, headDim, convSize, lowerBound } = options;
  const keys = numHeads * headDim;
  const projection = shortConvProjection({
    hiddenSize,
    convSize,
    streams: {
      q: { channels: keys, activation: "silu" },
      f: { channels: keys },
      i: { channels: hiddenSize },
    },
  });
  const output = headOutput({
    hiddenSize,
    numValueHeads: 1,
    valueDim: hiddenSize,
    normEps,
    normName: "g_norm",
    gate: "none",
  });
  return {
    parameters: { ...projection.parameters, ...output.parameters },
    forward(ops, weights, x, context) {
      const { varlen, state, wantState, shared } = context;
      const { streams, tensors } = projection.forward(ops, weights, x, context);
      const gate = boundedForgetGate(ops, streams.f, shared, lowerBound);
      const { o, finalState } = gla(ops, {
        q: splitHeads(ops, streams.q, numHeads),
        k: splitHeads(ops, gate.write, numHeads),
        v: splitHeads(ops, streams.i, numHeads),
        g: splitHeads(ops, gate.log, numHeads),
        initialState: state?.tensors["recurrent"],
        outputFinalState: wantState,
        varlen,
      });
      return {
        o: output.forward(ops, weights, x, ops.reshape(o, [varlen.totalTokens, 1, hiddenSize])),
        state: finalState && recurrentState(varlen, { recurrent: finalState, ...tensors }),
      };
    },
  };
}
