import { type DeltaHeads, qkvProjection } from "../../modules/delta-heads";
import { headDecay, sigmoidGate } from "../../modules/gates";
import { headOutput } from "../../modules/head-output";
import { type Layer, recurrentState } from "../layer";

export interface GatedDeltaProductOptions extends DeltaHeads {
  /** Writes a token makes before it is read, n: 1 to 64. */
  readonly numHouseholder: number;
  readonly useForgetGate: boolean;
  readonly useOutputGate: boolean;
  /** beta in (0, 2) instead of (0, 1), so that an erase can reflect. */
  readonly allowNegEigval: boolean;
}

/** Gated DeltaProduct (Siems et al. 2025, arXiv:2502.10297). FLA: fla.layers.GatedDeltaProduct. */
export function gatedDeltaProduct(options: GatedDeltaProductOptions): Layer {
  const { hiddenSize, headDim, numHeads, numValueHeads, valueDim, numHouseholder: n } = options;
  const { useForgetGate, useOutputGate, allowNegEigval } = options;
  const projection = qkvProjection(options, n);
  const output = headOutput({ ...options, gate: useOutputGate ? "silu" : "none" });
  return {
    parameters: {
      ...projection.parameters,
      "b_proj.weight": [n * numValueHeads, hiddenSize],
      ...(useForgetGate && {
        A_log: [numValueHeads],
        dt_bias: [numValueHeads],
        "a_proj.weight": [numValueHeads, hiddenSize],
      }),
      ...output.parameters,
    },
    forward(ops, weights, x, context) {
      const { varlen, state, wantState } = context;
      const { streams, tensors } = projection.forward(ops, weights, x, context);
      const T = varlen.totalTokens;
      const beta = sigmoidGate(ops, x, weights("b_proj.weight"), allowNegEigval); // [T, n · HV]
      const { o, finalState } = ops.linearAttention({
        q: ops.reshape(streams.q, [T, numHeads, headDim]),
        k: ops.reshape(streams.k, [T * n, numHeads, headDim]),
        v: ops.reshape(streams.v, [T * n, numValueHeads, valueDim]),
        decay: useForgetGate ? { kind: "scalar", g: headDecay(ops, weights, x) } : undefined,
        erase: { kind: "delta", beta: ops.reshape(beta, [T * n, numValueHeads]) },
        steps: n,
        qkL2Norm: true,
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
