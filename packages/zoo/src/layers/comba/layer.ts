import { comba as combaRule, l2norm } from "@webfla/ops/fla";
import { type DeltaHeads, qkvProjection, splitQkv } from "../../modules/delta-heads";
import { headDecay, sigmoidGate } from "../../modules/gates";
import { headOutput } from "../../modules/head-output";
import { type Layer, recurrentState } from "../layer";

export interface CombaOptions extends DeltaHeads {
  /** A gate of each head on the key that erases. */
  readonly useInnerDecay: boolean;
  /** Takes D times that key from the query. */
  readonly useOutputCorrection: boolean;
  readonly useOutputGate: boolean;
}

/** Comba (Hu et al. 2025, arXiv:2506.02475). FLA: fla.layers.Comba. */
export function comba(options: CombaOptions): Layer {
  const { hiddenSize, numHeads, numValueHeads } = options;
  const { useInnerDecay, useOutputCorrection, useOutputGate } = options;
  const projection = qkvProjection(options);
  const output = headOutput({ ...options, gate: useOutputGate ? "sigmoid" : "none" });
  return {
    parameters: {
      A_log: [numValueHeads],
      dt_bias: [numValueHeads],
      ...(useInnerDecay && { decay: [numHeads] }),
      ...(useOutputCorrection && { D: [numHeads] }),
      ...projection.parameters,
      "a_proj.weight": [numValueHeads, hiddenSize],
      "b_proj.weight": [numValueHeads, hiddenSize],
      ...output.parameters,
    },
    forward(ops, weights, x, context) {
      const { varlen, state, wantState } = context;
      const { streams, tensors } = projection.forward(ops, weights, x, context);
      const { q, k, v } = splitQkv(ops, streams, options);
      const perHead = (name: string) => ops.reshape(weights(name), [numHeads, 1]);
      const p = useInnerDecay ? ops.binary({ kind: "sigmoidMul", a: perHead("decay"), b: k }) : k;
      const corrected = useOutputCorrection
        ? ops.binary({ kind: "sub", a: q, b: ops.binary({ kind: "mul", a: p, b: perHead("D") }) })
        : q;
      const { o, finalState } = combaRule(ops, {
        q: l2norm(ops, { x: corrected }).o,
        k: l2norm(ops, { x: k }).o,
        p: l2norm(ops, { x: p }).o,
        v,
        g: headDecay(ops, weights, x),
        beta: sigmoidGate(ops, x, weights("b_proj.weight")),
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
