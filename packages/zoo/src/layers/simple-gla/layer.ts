import type { UnaryKind } from "@webfla/ops";
import { simpleGla } from "@webfla/ops/fla";
import {
  type GroupedHeads,
  gatedNormName,
  groupedProjection,
  splitGroups,
  spreadGroups,
} from "../../modules/grouped-heads";
import { headOutput } from "../../modules/head-output";
import { logSigmoidGate } from "../../modules/log-sigmoid-gate";
import { type Layer, recurrentState } from "../layer";

export interface SimpleGatedLinearAttentionOptions extends GroupedHeads {
  /** Of queries and keys. Absent for none. */
  readonly featureMap?: UnaryKind | undefined;
  /** Width of the short convolutions; 0 for none. */
  readonly convSize: number;
  /** Divides the log decays. */
  readonly gateLogitNormalizer: number;
  /** Whether FLA fuses norm and output gate: only the norm's name depends on it. */
  readonly fuseNorm: boolean;
}

/** Gated linear attention with one decay for a head. FLA: fla.layers.simple_gla.SimpleGatedLinearAttention. */
export function simpleGatedLinearAttention(options: SimpleGatedLinearAttentionOptions): Layer {
  const { hiddenSize, numHeads, convSize, featureMap, fuseNorm, gateLogitNormalizer } = options;
  const projection = groupedProjection(options, convSize);
  const normName = gatedNormName(true, fuseNorm);
  const output = headOutput({ ...options, numValueHeads: numHeads, normName, gate: "silu" });
  return {
    parameters: {
      ...projection.parameters,
      "gk_proj.weight": [numHeads, hiddenSize],
      "gk_proj.bias": [numHeads],
      ...output.parameters,
    },
    forward(ops, weights, x, context) {
      const { varlen, state, wantState } = context;
      const { streams, tensors } = projection.forward(ops, weights, x, context);
      const { q, k, v } = splitGroups(ops, streams, options);
      const map = (y: typeof x) => (featureMap ? ops.unary({ kind: featureMap, x: y }) : y);
      const { o, finalState } = simpleGla(ops, {
        q: map(q),
        k: spreadGroups(ops, map(k), options),
        v: spreadGroups(ops, v, options),
        g: logSigmoidGate(ops, {
          x,
          weight: weights("gk_proj.weight"),
          bias: weights("gk_proj.bias"),
          normalizer: gateLogitNormalizer,
        }),
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
