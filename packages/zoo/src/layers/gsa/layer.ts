import { gsa } from "@webfla/ops/fla";
import { featureMap } from "../../modules/feature-map";
import { type GroupedHeads, groupedProjection, splitGroups, spreadGroups } from "../../modules/grouped-heads";
import { headOutput } from "../../modules/head-output";
import { logSigmoidGate } from "../../modules/log-sigmoid-gate";
import { below, type Layer, prefixed, recurrentState, splitHeads } from "../layer";

export interface GatedSlotAttentionOptions extends Omit<GroupedHeads, "normEps"> {
  /** Slots of a head, M. */
  readonly numSlots: number;
  /** Of queries and keys; t2r has one matrix for both. */
  readonly featureMap: "swish" | "relu" | "t2r";
  /** Width of the short convolutions; 0 for none. */
  readonly convSize: number;
  /** Divides the log decays. */
  readonly gateLogitNormalizer: number;
}

// FLA's kernel has its own, whatever the configuration says
const normEps = 1e-5;

/** Gated slot attention (Zhang et al. 2024, arXiv:2409.07146). FLA: fla.layers.GatedSlotAttention. */
export function gatedSlotAttention(options: GatedSlotAttentionOptions): Layer {
  const { hiddenSize, numHeads, numKvHeads, headDim, valueDim, numSlots, convSize } = options;
  const heads = { ...options, normEps };
  const projection = groupedProjection(heads, convSize);
  const values = numHeads * valueDim;
  const output = headOutput({
    ...heads,
    numValueHeads: 1,
    valueDim: values,
    normName: "g_norm",
    gate: "none",
  });
  const map = featureMap(options.featureMap, headDim);
  return {
    parameters: {
      ...projection.parameters,
      "f_proj.weight": [numKvHeads * numSlots, hiddenSize],
      ...prefixed("feature_map", map.parameters),
      ...output.parameters,
    },
    forward(ops, weights, x, context) {
      const { varlen, state, wantState } = context;
      const { streams, tensors } = projection.forward(ops, weights, x, context);
      const { q, k, v } = splitGroups(ops, streams, heads);
      const features = (y: typeof x) => map.forward(ops, below(weights, "feature_map"), y);
      const spread = (y: typeof x) => spreadGroups(ops, y, heads);
      const g = logSigmoidGate(ops, {
        x,
        weight: weights("f_proj.weight"),
        normalizer: options.gateLogitNormalizer,
      });
      const write = ops.affine({ x: ops.unary({ kind: "exp", x: g }), scale: -1, shift: 1 });
      const { o, finalState } = gsa(ops, {
        q: features(q),
        k: spread(features(k)),
        v: spread(ops.unary({ kind: "silu", x: v })),
        s: spread(splitHeads(ops, write, numKvHeads)),
        g: spread(splitHeads(ops, g, numKvHeads)),
        scale: 1,
        initialState: state && ([state.tensors["keys"]!, state.tensors["values"]!] as const),
        outputFinalState: wantState,
        varlen,
      });
      const read = ops.unary({ kind: "silu", x: ops.reshape(o, [varlen.totalTokens, 1, values]) });
      return {
        o: output.forward(ops, weights, x, read),
        state:
          finalState && recurrentState(varlen, { keys: finalState[0], values: finalState[1], ...tensors }),
      };
    },
  };
}
