import type { UnaryKind } from "@webfla/ops";
import { retention } from "@webfla/ops/fla";
import {
  type GroupedHeads,
  gatedNormName,
  groupedProjection,
  splitGroups,
  spreadGroups,
} from "../../modules/grouped-heads";
import { headOutput } from "../../modules/head-output";
import { rotaryOf } from "../../modules/rotary";
import { type Layer, recurrentState } from "../layer";

export interface MultiScaleRetentionOptions extends GroupedHeads {
  /** Of queries and keys. Absent for none. */
  readonly featureMap?: UnaryKind | undefined;
  /** Width of the short convolutions; 0 for none. */
  readonly convSize: number;
  readonly useOutputGate: boolean;
  /** Whether FLA fuses norm and output gate: only the norm's name depends on it. */
  readonly fuseNorm: boolean;
}

/** Multi-scale retention (Sun et al. 2023, arXiv:2307.08621). FLA: fla.layers.MultiScaleRetention. */
export function multiScaleRetention(options: MultiScaleRetentionOptions): Layer {
  const { numHeads, headDim, convSize, featureMap, useOutputGate, fuseNorm } = options;
  const projection = groupedProjection(options, convSize);
  const output = headOutput({
    ...options,
    numValueHeads: numHeads,
    normName: gatedNormName(useOutputGate, fuseNorm),
    gate: useOutputGate ? "silu" : "none",
  });
  return {
    parameters: { ...projection.parameters, ...output.parameters },
    forward(ops, weights, x, context) {
      const { varlen, state, wantState } = context;
      const { streams, tensors } = projection.forward(ops, weights, x, context);
      const { q, k, v } = splitGroups(ops, streams, options);
      const rotate = rotaryOf(ops, context, headDim);
      const place = (y: typeof x) => rotate(featureMap ? ops.unary({ kind: featureMap, x: y }) : y);
      const { o, finalState } = retention(ops, {
        q: place(q),
        k: spreadGroups(ops, place(k), options),
        v: spreadGroups(ops, v, options),
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
