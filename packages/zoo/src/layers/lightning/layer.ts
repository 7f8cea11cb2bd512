import { lightningAttn } from "@webfla/ops/fla";
import { type GroupedHeads, groupedProjection, splitGroups, spreadGroups } from "../../modules/grouped-heads";
import { headOutput } from "../../modules/head-output";
import { type Layer, recurrentState } from "../layer";

export interface LightningAttentionOptions extends GroupedHeads {
  /** Width of the short convolutions; 0 for none. */
  readonly convSize: number;
  /** Of numLayers; upper layers forget more slowly. */
  readonly layerIdx: number;
  readonly numLayers: number;
}

/** Lightning attention (Qin et al. 2024, arXiv:2405.17381). FLA: the operator fla.ops.lightning_attn. */
export function lightningAttention(options: LightningAttentionOptions): Layer {
  const { numHeads, valueDim, convSize, layerIdx, numLayers } = options;
  const projection = groupedProjection(options, convSize, "silu");
  const values = numHeads * valueDim;
  const output = headOutput({
    ...options,
    numValueHeads: 1,
    valueDim: values,
    normName: "g_norm",
    gate: "sigmoid",
  });
  return {
    parameters: { ...projection.parameters, ...output.parameters },
    forward(ops, weights, x, context) {
      const { varlen, state, wantState } = context;
      const { streams, tensors } = projection.forward(ops, weights, x, context);
      const { q, k, v } = splitGroups(ops, streams, options);
      const { o, finalState } = lightningAttn(ops, {
        q,
        k: spreadGroups(ops, k, options),
        v: spreadGroups(ops, v, options),
        layerIdx,
        numLayers,
        initialState: state?.tensors["recurrent"],
        outputFinalState: wantState,
        varlen,
      });
      return {
        o: output.forward(ops, weights, x, ops.reshape(o, [varlen.totalTokens, 1, values])),
        state: finalState && recurrentState(varlen, { recurrent: finalState, ...tensors }),
      };
    },
  };
}
