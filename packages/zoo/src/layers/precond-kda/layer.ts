import { precondKda as precondKdaRule } from "@webfla/ops/fla";
import { type DeltaHeads, qkvProjection, repeatHeads, splitQkv } from "../../modules/delta-heads";
import { channelDecay, headDecay, sigmoidGate } from "../../modules/gates";
import { headOutput } from "../../modules/head-output";
import { type Preconditioner, preconditioned, preconditionedState } from "../../modules/preconditioner";
import { type Layer, mergeHeads } from "../layer";

export interface PrecondKdaOptions extends DeltaHeads, Preconditioner {
  /** beta in (0, 2) instead of (0, 1), so that an erase can reflect. */
  readonly allowNegEigval: boolean;
  /** Below 0: log decays stay above it. */
  readonly lowerBound?: number | undefined;
}

/** Preconditioned Kimi Delta Attention (arXiv:2604.21100). FLA: fla.layers.PrecondKDA. */
export function precondKda(options: PrecondKdaOptions): Layer {
  const { hiddenSize, numHeads, numValueHeads, valueDim, allowNegEigval } = options;
  const projection = qkvProjection(options);
  const decay = channelDecay({ ...options, heads: numValueHeads, rank: valueDim });
  const output = headOutput({ ...options, gate: "lowRankSigmoid" });
  const group = numValueHeads / numHeads;
  return {
    parameters: {
      A_log_atk: [numValueHeads],
      dt_bias_atk: [numValueHeads],
      log_atk_scale: [numValueHeads],
      ...projection.parameters,
      ...decay.parameters,
      "a_proj.weight": [numValueHeads, hiddenSize],
      "b_atk_proj.weight": [numValueHeads, hiddenSize],
      "b_proj.weight": [numHeads, hiddenSize],
      ...output.parameters,
    },
    forward(ops, weights, x, context) {
      const { varlen } = context;
      const { streams, tensors } = projection.forward(ops, weights, x, context);
      const { q, k, v } = splitQkv(ops, streams, options);
      const beta = sigmoidGate(ops, x, weights("b_proj.weight"), allowNegEigval); // [T, H]
      const perHead = ops.reshape(beta, [varlen.totalTokens, numHeads, 1]);
      // each value head preconditions the key that it shares by a moment of its own
      const result = precondKdaRule(ops, {
        q: repeatHeads(ops, q, group),
        k: repeatHeads(ops, k, group),
        v,
        g: decay.forward(ops, weights, x),
        beta: mergeHeads(ops, repeatHeads(ops, perHead, group)),
        gAtk: headDecay(ops, weights, x, { logRate: "A_log_atk", bias: "dt_bias_atk" }),
        ...preconditioned(ops, weights, x, options, context),
      });
      return {
        o: output.forward(ops, weights, x, result.o),
        state: preconditionedState(varlen, result, tensors),
      };
    },
  };
}
