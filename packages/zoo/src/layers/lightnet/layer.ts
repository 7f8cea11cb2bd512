import type { Ops, Tensor } from "@webfla/ops";
import { gla } from "@webfla/ops/fla";
import { runningLogSumExp } from "../../modules/running-log-sum-exp";
import { shortConvProjection } from "../../modules/short-conv-projection";
import { type Layer, linear, mergeHeads, recurrentState, splitHeads, type Weights } from "../layer";

export interface LightNetAttentionOptions {
  readonly hiddenSize: number;
  readonly numHeads: number;
  /** Channels of a key, K. */
  readonly headDim: number;
  /** Width of the short convolutions; 0 for none. */
  readonly convSize: number;
  /** Width between the two projections of the output gate. */
  readonly gateLowRankDim: number;
}

// FLA's kernel has its own, whatever the configuration says
const normEps = 1e-6;

/** LightNet's additive linear recurrence (Qin et al. 2024, arXiv:2405.21022). FLA: fla.layers.LightNetAttention. */
export function lightNetAttention(options: LightNetAttentionOptions): Layer {
  const { hiddenSize, numHeads, headDim, convSize, gateLowRankDim } = options;
  const keys = numHeads * headDim;
  const projection = shortConvProjection({
    hiddenSize,
    convSize,
    streams: {
      q: { channels: keys, activation: "silu" },
      k: { channels: keys },
      v: { channels: hiddenSize },
    },
  });
  return {
    parameters: {
      ...projection.parameters,
      "g_proj.0.weight": [gateLowRankDim, hiddenSize],
      "g_proj.1.weight": [hiddenSize, gateLowRankDim],
      "g_norm.weight": [hiddenSize],
      "o_proj.weight": [hiddenSize, hiddenSize],
    },
    forward(ops, weights, x, context) {
      const { varlen, state, wantState } = context;
      const { streams, tensors } = projection.forward(ops, weights, x, context);
      const k = ops.cast({ x: streams.k, dtype: "f32" });
      const { share, decay, last } = runningLogSumExp(ops, k, state?.tensors["normalizer"], varlen);
      const { o, finalState } = gla(ops, {
        q: splitHeads(ops, streams.q, numHeads),
        k: splitHeads(ops, share, numHeads),
        v: splitHeads(ops, streams.v, numHeads),
        g: splitHeads(ops, decay, numHeads),
        initialState: state?.tensors["recurrent"],
        outputFinalState: wantState,
        varlen,
      });
      return {
        o: output(ops, weights, x, mergeHeads(ops, o)),
        state: finalState && recurrentState(varlen, { recurrent: finalState, normalizer: last, ...tensors }),
      };
    },
  };
}

/** W_o (rms(o) · g_norm · silu(W₁ W₀ x)), all heads normalised together. */
function output<T extends Tensor>(ops: Ops<T>, weights: Weights<T>, x: T, o: T): T {
  const gate = linear(ops, linear(ops, x, weights("g_proj.0.weight")), weights("g_proj.1.weight"));
  const normed = ops.norm({ kind: "rms", x: o, weight: weights("g_norm.weight"), eps: normEps, gate });
  return linear(ops, normed, weights("o_proj.weight"));
}
