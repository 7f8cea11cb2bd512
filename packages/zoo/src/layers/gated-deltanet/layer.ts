import type { Ops, Tensor } from "@webfla/ops";
import {
  type Layer,
  type LayerContext,
  type LayerResult,
  linear,
  mergeHeads,
  splitHeads,
  type Weights,
} from "../layer";

export interface GatedDeltaNetOptions {
  readonly hiddenSize: number;
  /** Channels of a key, K. */
  readonly headDim: number;
  /** Key heads, H. */
  readonly numHeads: number;
  /** Value heads, HV: a multiple of H. */
  readonly numValueHeads: number;
  /** Channels of a value, V. */
  readonly valueDim: number;
  readonly useGate: boolean;
  /** Width of the short convolutions; 0 for none. */
  readonly convSize: number;
  /** beta in (0, 2) instead of (0, 1), so that an erase can reflect. */
  readonly allowNegEigval: boolean;
  readonly normEps: number;
}

/** Gated DeltaNet (Yang et al. 2024, arXiv:2412.06464). FLA: fla.layers.GatedDeltaNet. */
export function gatedDeltaNet(options: GatedDeltaNetOptions): Layer {
  const { hiddenSize, headDim, numHeads, numValueHeads, valueDim, useGate, convSize } = options;
  const keys = numHeads * headDim;
  const values = numValueHeads * valueDim;
  return {
    parameters: {
      A_log: [numValueHeads],
      dt_bias: [numValueHeads],
      "q_proj.weight": [keys, hiddenSize],
      "k_proj.weight": [keys, hiddenSize],
      "v_proj.weight": [values, hiddenSize],
      "a_proj.weight": [numValueHeads, hiddenSize],
      "b_proj.weight": [numValueHeads, hiddenSize],
      ...(convSize && {
        "q_conv1d.weight": [keys, 1, convSize],
        "k_conv1d.weight": [keys, 1, convSize],
        "v_conv1d.weight": [values, 1, convSize],
      }),
      ...(useGate && { "g_proj.weight": [values, hiddenSize] }),
      "o_norm.weight": [valueDim],
      "o_proj.weight": [hiddenSize, values],
    },
    forward: (ops, weights, x, context) => forward(options, ops, weights, x, context),
  };
}

function forward<T extends Tensor>(
  { numHeads, numValueHeads, useGate, convSize, allowNegEigval, normEps }: GatedDeltaNetOptions,
  ops: Ops<T>,
  weights: Weights<T>,
  x: T,
  { varlen, state, wantState }: LayerContext<T>,
): LayerResult<T> {
  const project = (name: string, memory: string): { o: T; finalState?: T | undefined } => {
    const y = linear(ops, x, weights(`${name}_proj.weight`));
    if (!convSize) return { o: ops.unary({ kind: "silu", x: y }) };
    const weight = weights(`${name}_conv1d.weight`); // [D, 1, W]
    return ops.shortConv({
      x: y,
      weight: ops.reshape(weight, [weight.shape[0]!, convSize]),
      activation: "silu",
      initialState: state?.tensors[memory],
      outputFinalState: wantState,
      varlen,
    });
  };
  const [q, k, v] = [project("q", "convQ"), project("k", "convK"), project("v", "convV")];
  const sigmoid = ops.unary({ kind: "sigmoid", x: linear(ops, x, weights("b_proj.weight")) });
  const beta = allowNegEigval ? ops.affine({ x: sigmoid, scale: 2 }) : sigmoid;
  const { o, finalState } = ops.linearAttention({
    q: splitHeads(ops, q.o, numHeads),
    k: splitHeads(ops, k.o, numHeads),
    v: splitHeads(ops, v.o, numValueHeads),
    decay: { kind: "scalar", g: logDecay(ops, weights, x) },
    erase: { kind: "delta", beta },
    qkL2Norm: true,
    initialState: state?.tensors["recurrent"],
    outputFinalState: wantState,
    varlen,
  });
  const gate = useGate ? splitHeads(ops, linear(ops, x, weights("g_proj.weight")), numValueHeads) : undefined;
  const normed = ops.norm({ kind: "rms", x: o, weight: weights("o_norm.weight"), eps: normEps, gate });
  const tensors = {
    ...(finalState && { recurrent: finalState }),
    ...(q.finalState && { convQ: q.finalState }),
    ...(k.finalState && { convK: k.finalState }),
    ...(v.finalState && { convV: v.finalState }),
  };
  return {
    o: linear(ops, mergeHeads(ops, normed), weights("o_proj.weight")),
    state: wantState ? { tensors, rows: new Uint32Array(varlen.sequences).fill(1) } : undefined,
  };
}

/** −exp(A_log) · softplus(a + dt_bias), [T, HV] f32: small differences of it are multiplied over whole documents. */
function logDecay<T extends Tensor>(ops: Ops<T>, weights: Weights<T>, x: T): T {
  const a = ops.matmul({ a: x, b: weights("a_proj.weight"), transposeB: true, dtype: "f32" });
  const step = ops.unary({ kind: "softplus", x: ops.binary({ kind: "add", a, b: weights("dt_bias") }) });
  const rate = ops.affine({ x: ops.unary({ kind: "exp", x: weights("A_log") }), scale: -1 });
  return ops.binary({ kind: "mul", a: step, b: rate });
}
