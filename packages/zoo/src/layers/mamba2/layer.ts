import type { Ops, Tensor } from "@webfla/ops";
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

export interface Mamba2Options {
  readonly hiddenSize: number;
  /** Heads, H. */
  readonly numHeads: number;
  /** Channels of a head, P. */
  readonly headDim: number;
  /** Numbers that each channel keeps, S. */
  readonly stateSize: number;
  /** Groups of heads that share B and C, G: divides numHeads. */
  readonly numGroups: number;
  /** Width of the short convolution, W. */
  readonly convSize: number;
  readonly convBias: boolean;
  /** Of the projections in and out. */
  readonly bias: boolean;
  /** Bounds of a step; the upper one may be infinite. */
  readonly stepLimit: readonly [number, number];
  /** A skip D for each channel of a head instead of one for all. */
  readonly skipPerChannel: boolean;
  /** The norm of the output, in the groups: of what is gated, or before the gate. Absent for a gate alone. */
  readonly norm?: "gated" | "beforeGate" | undefined;
  readonly normEps: number;
}

/** Mamba-2's state space (Dao & Gu 2024, arXiv:2405.21060). FLA: fla.layers.Mamba2. */
export function mamba2(options: Mamba2Options): Layer {
  const { hiddenSize, numHeads, convSize, convBias, bias, skipPerChannel, norm } = options;
  const { inner, mixed, all } = widths(options);
  return {
    parameters: {
      A_log: [numHeads],
      D: [skipPerChannel ? inner : numHeads],
      dt_bias: [numHeads],
      "in_proj.weight": [all, hiddenSize],
      ...(bias && { "in_proj.bias": [all] }),
      "conv1d.weight": [mixed, 1, convSize],
      ...(convBias && { "conv1d.bias": [mixed] }),
      ...(norm && { "norm.weight": [inner] }),
      "out_proj.weight": [hiddenSize, inner],
      ...(bias && { "out_proj.bias": [hiddenSize] }),
    },
    forward: (ops, weights, x, context) => forward(options, ops, weights, x, context),
  };
}

/** Channels of the gate and of x; of x, B and C; of all that is projected. */
function widths({ numHeads, headDim, numGroups, stateSize }: Mamba2Options) {
  const inner = numHeads * headDim;
  const mixed = inner + 2 * numGroups * stateSize;
  return { inner, mixed, all: inner + mixed + numHeads };
}

function forward<T extends Tensor>(
  options: Mamba2Options,
  ops: Ops<T>,
  weights: Weights<T>,
  x: T,
  { varlen, state, wantState }: LayerContext<T>,
): LayerResult<T> {
  const { numHeads, numGroups, stateSize, convSize, convBias, bias } = options;
  const { inner, mixed, all } = widths(options);
  const biasOf = (name: string): T | undefined => (bias ? weights(`${name}.bias`) : undefined);
  const columns = (y: T, start: number, end: number): T => ops.slice({ x: y, axis: 1, start, end });
  const projected = linear(ops, x, weights("in_proj.weight"), biasOf("in_proj")); // gate, xBC, dt
  const conv = ops.shortConv({
    x: columns(projected, inner, inner + mixed),
    weight: ops.reshape(weights("conv1d.weight"), [mixed, convSize]),
    bias: convBias ? weights("conv1d.bias") : undefined,
    activation: "silu",
    initialState: state?.tensors["conv"],
    outputFinalState: wantState,
    varlen,
  });
  const groups = (start: number): T =>
    splitHeads(ops, columns(conv.o, start, start + numGroups * stateSize), numGroups);
  const value = splitHeads(ops, columns(conv.o, 0, inner), numHeads);
  const step = stepOf(options, ops, weights, columns(projected, inner + mixed, all));
  const rate = ops.affine({ x: ops.unary({ kind: "exp", x: weights("A_log") }), scale: -1 });
  const { o, finalState } = ops.linearAttention({
    q: groups(inner + numGroups * stateSize),
    k: groups(inner),
    v: ops.binary({ kind: "mul", a: value, b: ops.reshape(step, [varlen.totalTokens, numHeads, 1]) }),
    scale: 1,
    decay: { kind: "scalar", g: ops.binary({ kind: "mul", a: step, b: rate }) },
    initialState: state?.tensors["recurrent"],
    outputFinalState: wantState,
    varlen,
  });
  const D = weights("D");
  const skip = ops.binary({
    kind: "mul",
    a: value,
    b: ops.reshape(D, [numHeads, D.shape[0]! / numHeads]),
  });
  const sum = mergeHeads(ops, ops.binary({ kind: "add", a: o, b: skip }));
  const y = gated(options, ops, weights, sum, columns(projected, 0, inner));
  return {
    o: linear(ops, y, weights("out_proj.weight"), biasOf("out_proj")),
    state:
      finalState &&
      conv.finalState &&
      recurrentState(varlen, { recurrent: finalState, conv: conv.finalState }),
  };
}

/** softplus(dt + dt_bias) within its limits, [T, H] f32: its products with A are summed over whole documents. */
function stepOf<T extends Tensor>(
  { stepLimit: [least, most] }: Mamba2Options,
  ops: Ops<T>,
  weights: Weights<T>,
  dt: T,
): T {
  const input = ops.binary({ kind: "add", a: dt, b: weights("dt_bias") });
  const step = ops.unary({ kind: "softplus", x: input });
  const raised = least > 0 ? ops.binary({ kind: "max", a: step, b: ops.full(least, [1]) }) : step;
  return Number.isFinite(most) ? ops.binary({ kind: "min", a: raised, b: ops.full(most, [1]) }) : raised;
}

function gated<T extends Tensor>(
  { norm, numHeads, headDim, numGroups, normEps }: Mamba2Options,
  ops: Ops<T>,
  weights: Weights<T>,
  x: T,
  gate: T,
): T {
  if (!norm) return ops.binary({ kind: "siluMul", a: gate, b: x });
  return ops.norm({
    kind: "rms",
    x,
    weight: weights("norm.weight"),
    eps: normEps,
    groupSize: (numHeads * headDim) / numGroups,
    gate,
    gateFirst: norm === "gated",
  });
}
