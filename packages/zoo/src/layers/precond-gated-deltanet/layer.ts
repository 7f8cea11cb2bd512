import { precondGatedDeltaRule } from "@webfla/ops/fla";
import { type DeltaHeads, qkvProjection, splitQkv } from "../../modules/delta-heads";
import { headDecay, sigmoidGate } from "../../modules/gates";
import { headOutput } from "../../modules/head-output";
import { type Preconditioner, preconditioned, preconditionedState } from "../../modules/preconditioner";
import type { Layer } from "../layer";

export interface PrecondGatedDeltaNetOptions extends DeltaHeads, Preconditioner {
  readonly useGate: boolean;
  /** beta in (0, 2) instead of (0, 1), so that an erase can reflect. */
  readonly allowNegEigval: boolean;
}

/** Preconditioned Gated DeltaNet (arXiv:2604.21100). FLA: fla.layers.PrecondGatedDeltaNet. */
export function precondGatedDeltaNet(options: PrecondGatedDeltaNetOptions): Layer {
  const { hiddenSize, numHeads, numValueHeads, useGate, allowNegEigval } = options;
  const projection = qkvProjection(options);
  const output = headOutput({ ...options, gate: useGate ? "silu" : "none" });
  return {
    parameters: {
      A_log: [numValueHeads],
      dt_bias: [numValueHeads],
      A_log_atk: [numHeads],
      dt_bias_atk: [numHeads],
      log_atk_scale: [numHeads],
      ...projection.parameters,
      "a_proj.weight": [numValueHeads, hiddenSize],
      "b_proj.weight": [numValueHeads, hiddenSize],
      "a_atk_proj.weight": [numHeads, hiddenSize],
      "b_atk_proj.weight": [numHeads, hiddenSize],
      ...output.parameters,
    },
    forward(ops, weights, x, context) {
      const { streams, tensors } = projection.forward(ops, weights, x, context);
      const atk = { proj: "a_atk_proj", logRate: "A_log_atk", bias: "dt_bias_atk" };
      const result = precondGatedDeltaRule(ops, {
        ...splitQkv(ops, streams, options),
        g: headDecay(ops, weights, x),
        beta: sigmoidGate(ops, x, weights("b_proj.weight"), allowNegEigval),
        gAtk: headDecay(ops, weights, x, atk),
        ...preconditioned(ops, weights, x, options, context),
      });
      return {
        o: output.forward(ops, weights, x, result.o),
        state: preconditionedState(context.varlen, result, tensors),
      };
    },
  };
}
