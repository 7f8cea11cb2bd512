import type { Ops, Tensor } from "@webfla/ops";
import { gsa } from "@webfla/ops/fla";
import { type GroupedHeads, groupedProjection, splitGroups } from "../../modules/grouped-heads";
import { headOutput } from "../../modules/head-output";
import { rotaryOf } from "../../modules/rotary";
import { runningLogSumExp } from "../../modules/running-log-sum-exp";
import { type Layer, recurrentState, splitHeads, type Weights } from "../layer";

export interface AbcAttentionOptions extends Omit<GroupedHeads, "numKvHeads"> {
  /** Slots of a head, M. */
  readonly numSlots: number;
  /** Width of the short convolutions; 0 for none. */
  readonly convSize: number;
  /** Whether queries and keys are turned by their positions. */
  readonly useRope: boolean;
  readonly useOutputGate: boolean;
  /** Bounds of the slots' logits. Absent for none. */
  readonly clampMin?: number | undefined;
  readonly clampMax?: number | undefined;
}

/** Attention with bounded-memory control (Peng et al. 2022, arXiv:2110.02488). FLA: fla.layers.ABCAttention. */
export function abcAttention(options: AbcAttentionOptions): Layer {
  const { hiddenSize, numHeads, headDim, numSlots, convSize, useRope, useOutputGate } = options;
  const heads = { ...options, numKvHeads: numHeads };
  const projection = groupedProjection(heads, convSize);
  const gate = useOutputGate ? "silu" : "none";
  const output = headOutput({ ...options, numValueHeads: numHeads, normName: "g_norm", gate });
  return {
    parameters: {
      ...projection.parameters,
      "s_proj.weight": [numHeads * numSlots, hiddenSize],
      ...output.parameters,
    },
    forward(ops, weights, x, context) {
      const { varlen, state, wantState } = context;
      const { streams, tensors } = projection.forward(ops, weights, x, context);
      const { q, k, v } = splitGroups(ops, streams, heads);
      const rotate = useRope ? rotaryOf(ops, context, headDim) : (y: typeof x) => y;
      const s = slotLogits(options, ops, weights, x);
      const { share, decay, last } = runningLogSumExp(ops, s, state?.tensors["normalizer"], varlen);
      const { o, finalState } = gsa(ops, {
        q: rotate(q),
        k: rotate(k),
        v,
        s: splitHeads(ops, share, numHeads),
        g: splitHeads(ops, decay, numHeads),
        initialState: state && ([state.tensors["keys"]!, state.tensors["values"]!] as const),
        outputFinalState: wantState,
        varlen,
      });
      return {
        o: output.forward(ops, weights, x, o),
        state:
          finalState &&
          recurrentState(varlen, {
            keys: finalState[0],
            values: finalState[1],
            normalizer: last,
            ...tensors,
          }),
      };
    },
  };
}

/** W_s x between its bounds, [T, H · M] f32. */
function slotLogits<T extends Tensor>(
  { clampMin, clampMax }: AbcAttentionOptions,
  ops: Ops<T>,
  weights: Weights<T>,
  x: T,
): T {
  const s = ops.matmul({ a: x, b: weights("s_proj.weight"), transposeB: true, dtype: "f32" });
  const least = clampMin === undefined ? s : ops.binary({ kind: "max", a: s, b: ops.full(clampMin, [1]) });
  return clampMax === undefined ? least : ops.binary({ kind: "min", a: least, b: ops.full(clampMax, [1]) });
}
