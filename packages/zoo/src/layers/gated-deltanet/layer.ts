import type { Ops, Tensor } from "@webfla/ops";
import { type ShortConvProjection, shortConvProjection } from "../../modules/short-conv-projection";
import {
  type Layer,
  type LayerContext,
  type LayerResult,
  linear,
  mergeHeads,
  recurrentState,
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
  const keys = { channels: numHeads * headDim, activation: "silu" } as const;
  const values = { channels: numValueHeads * valueDim, activation: "silu" } as const;
  const projection = shortConvProjection({ hiddenSize, convSize, streams: { q: keys, k: keys, v: values } });
  return {
    parameters: {
      A_log: [numValueHeads],
      dt_bias: [numValueHeads],
      ...projection.parameters,
      "a_proj.weight": [numValueHeads, hiddenSize],
      "b_proj.weight": [numValueHeads, hiddenSize],
      ...(useGate && { "g_proj.weight": [values.channels, hiddenSize] }),
      "o_norm.weight": [valueDim],
      "o_proj.weight": [hiddenSize, values.channels],
    },
    forward: (ops, weights, x, context) => forward(options, projection, ops, weights, x, context),
  };
}

function forward<T extends Tensor>(
  { numHeads, numValueHeads, useGate, allowNegEigval, normEps }: GatedDeltaNetOptions,
  projection: ShortConvProjection<"q" | "k" | "v">,
  ops: Ops<T>,
  weights: Weights<T>,
  x: T,
  context: LayerContext<T>,
): LayerResult<T> {
  const { varlen, state, wantState } = context;
  const { streams, tensors } = projection.forward(ops, weights, x, context);
  const sigmoid = ops.unary({ kind: "sigmoid", x: linear(ops, x, weights("b_proj.weight")) });
  const beta = allowNegEigval ? ops.affine({ x: sigmoid, scale: 2 }) : sigmoid;
  const { o, finalState } = ops.linearAttention({
    q: splitHeads(ops, streams.q, numHeads),
    k: splitHeads(ops, streams.k, numHeads),
    v: splitHeads(ops, streams.v, numValueHeads),
    decay: { kind: "scalar", g: logDecay(ops, weights, x) },
    erase: { kind: "delta", beta },
    qkL2Norm: true,
    initialState: state?.tensors["recurrent"],
    outputFinalState: wantState,
    varlen,
  });
  const gate = useGate ? splitHeads(ops, linear(ops, x, weights("g_proj.weight")), numValueHeads) : undefined;
  const normed = ops.norm({ kind: "rms", x: o, weight: weights("o_norm.weight"), eps: normEps, gate });
  return {
    o: linear(ops, mergeHeads(ops, normed), weights("o_proj.weight")),
    state: finalState && recurrentState(varlen, { recurrent: finalState, ...tensors }),
  };
}

/** −exp(A_log) · softplus(a + dt_bias), [T, HV] f32: small differences of it are multiplied over whole documents. */
function logDecay<T extends Tensor>(ops: Ops<T>, weights: Weights<T>, x: T): T {
  const a = ops.matmul({ a: x, b: weights("a_proj.weight"), transposeB: true, dtype: "f32" });
  const step = ops.unary({ kind: "softplus", x: ops.binary({ kind: "add", a, b: weights("dt_bias") }) });
  const rate = ops.affine({ x: ops.unary({ kind: "exp", x: weights("A_log") }), scale: -1 });
  return ops.binary({ kind: "mul", a: step, b: rate });
}
