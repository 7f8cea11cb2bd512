import { precondGatedDeltaRule } from "@webfla/ops/fla";
import { type DeltaHeads, qkvProjection, splitQkv } from "../../modules/delta-heads";
import { headDecay, sigmoidGate } from "../../modules/gates";
import { headOutput } from "../../modules/head-output";
import { type Layer, recurrentState } from "../layer";

export interface PrecondGatedDeltaNetOptions extends DeltaHeads {
  readonly useGate: boolean;
  /** beta in (0, 2) instead of (0, 1), so that an erase can reflect. */
  readonly allowNegEigval: boolean;
  /** The preconditioner's factors lie in [1 / squashX, squashX]. */
  readonly squashX: number;
  /** Added to the second moment before its logarithm. */
  readonly squashEps: number;
}

/** Preconditioned Gated DeltaNet (arXiv:2604.21100). FLA: fla.layers.PrecondGatedDeltaNet. */
export function precondGatedDeltaNet(options: PrecondGatedDeltaNetOptions): Layer {
  const { hiddenSize, numHeads, numValueHeads, useGate, allowNegEigval, squashX, squashEps } = options;
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
      const { varlen, state, wantState } = context;
      const { streams, tensors } = projection.forward(ops, weights, x, context);
      const atk = { proj: "a_atk_proj", logRate: "A_log_atk", bias: "dt_bias_atk" };
      const { o, finalState, finalAState } = precondGatedDeltaRule(ops, {
        ...splitQkv(ops, streams, options),
        g: headDecay(ops, weights, x),
        beta: sigmoidGate(ops, x, weights("b_proj.weight"), allowNegEigval),
        gAtk: headDecay(ops, weights, x, atk),
        betaAtk: sigmoidGate(ops, x, weights("b_atk_proj.weight")),
        logAtkScale: weights("log_atk_scale"),
        x: squashX,
        eps: squashEps,
        initialState: state?.tensors["recurrent"],
        initialAState: state?.tensors["moment"],
        outputFinalState: wantState,
        varlen,
      });
      return {
        o: output.forward(ops, weights, x, o),
        state:
          finalState &&
          finalAState &&
          recurrentState(varlen, { recurrent: finalState, moment: finalAState, ...tensors }),
      };
    },
  };
}
