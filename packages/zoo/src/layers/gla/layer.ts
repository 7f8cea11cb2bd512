import type { Ops, Tensor, UnaryKind } from "@webfla/ops";
import { gla } from "@webfla/ops/fla";
import {
  type GroupedHeads,
  gatedNormName,
  groupedProjection,
  splitGroups,
  spreadGroups,
} from "../../modules/grouped-heads";
import { headOutput } from "../../modules/head-output";
import { logSigmoidGate } from "../../modules/log-sigmoid-gate";
import { type Layer, linear, recurrentState, splitHeads, type Weights } from "../layer";

export interface GatedLinearAttentionOptions extends GroupedHeads {
  /** Of queries and keys. Absent for none. */
  readonly featureMap?: UnaryKind | undefined;
  /** Width of the short convolutions; 0 for none. */
  readonly convSize: number;
  readonly useOutputGate: boolean;
  /** Width between the two projections of the decay. */
  readonly gateLowRankDim: number;
  /** Divides the log decays. */
  readonly gateLogitNormalizer: number;
  /** The log decays stay above it. Absent for no bound. */
  readonly clampMin?: number | undefined;
  /** Whether FLA fuses norm and output gate: only the norm's name depends on it. */
  readonly fuseNorm: boolean;
}

/** Gated linear attention (Yang et al. 2023, arXiv:2312.06635). FLA: fla.layers.GatedLinearAttention. */
export function gatedLinearAttention(options: GatedLinearAttentionOptions): Layer {
  const { hiddenSize, numHeads, numKvHeads, headDim, convSize, useOutputGate, gateLowRankDim } = options;
  const { featureMap, fuseNorm } = options;
  const projection = groupedProjection(options, convSize);
  const output = headOutput({
    ...options,
    numValueHeads: numHeads,
    normName: gatedNormName(useOutputGate, fuseNorm),
    gate: useOutputGate ? "silu" : "none",
  });
  return {
    parameters: {
      ...projection.parameters,
      "gk_proj.0.weight": [gateLowRankDim, hiddenSize],
      "gk_proj.1.weight": [numKvHeads * headDim, gateLowRankDim],
      "gk_proj.1.bias": [numKvHeads * headDim],
      ...output.parameters,
    },
    forward(ops, weights, x, context) {
      const { varlen, state, wantState } = context;
      const { streams, tensors } = projection.forward(ops, weights, x, context);
      const { q, k, v } = splitGroups(ops, streams, options);
      const map = (y: typeof x) => (featureMap ? ops.unary({ kind: featureMap, x: y }) : y);
      const spread = (y: typeof x) => spreadGroups(ops, y, options);
      const { o, finalState } = gla(ops, {
        q: map(q),
        k: spread(map(k)),
        v: spread(v),
        g: spread(splitHeads(ops, logDecay(options, ops, weights, x), numKvHeads)),
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

/** One for each key channel, [T, KV · K] f32. */
function logDecay<T extends Tensor>(
  { gateLogitNormalizer: normalizer, clampMin }: GatedLinearAttentionOptions,
  ops: Ops<T>,
  weights: Weights<T>,
  x: T,
): T {
  const inner = linear(ops, x, weights("gk_proj.0.weight"));
  const [weight, bias] = [weights("gk_proj.1.weight"), weights("gk_proj.1.bias")];
  const g = logSigmoidGate(ops, { x: inner, weight, bias, normalizer });
  return clampMin === undefined ? g : ops.binary({ kind: "max", a: g, b: ops.full(clampMin, [1]) });
}
