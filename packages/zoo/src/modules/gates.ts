import type { Ops, Tensor } from "@webfla/ops";
import type { ParameterTable, Weights } from "../layers/layer";

/** x Wᵀ in f32: small differences of a gate are multiplied over whole documents. */
const gateInput = <T extends Tensor>(ops: Ops<T>, x: T, weight: T): T =>
  ops.matmul({ a: x, b: weight, transposeB: true, dtype: "f32" });

/** sigmoid(W x) f32, doubled with allowNegEigval so that an erase can reflect. */
export function sigmoidGate<T extends Tensor>(ops: Ops<T>, x: T, weight: T, allowNegEigval = false): T {
  const gate = ops.unary({ kind: "sigmoid", x: gateInput(ops, x, weight) });
  return allowNegEigval ? ops.affine({ x: gate, scale: 2 }) : gate;
}

interface LogDecayArgs<T> {
  readonly a: T;
  /** Added to a. */
  readonly bias: T;
  /** Of the same number of axes as the result, or fewer: they broadcast. */
  readonly logRate: T;
  /** Below 0: the gate stays above it. */
  readonly lowerBound?: number | undefined;
}

/** −exp(logRate) softplus(a + bias), or lowerBound · sigmoid(exp(logRate) (a + bias)): at most 0. */
function logDecay<T extends Tensor>(ops: Ops<T>, { a, bias, logRate, lowerBound }: LogDecayArgs<T>): T {
  const input = ops.binary({ kind: "add", a, b: bias });
  const rate = ops.unary({ kind: "exp", x: logRate });
  if (lowerBound === undefined) {
    const step = ops.unary({ kind: "softplus", x: input });
    return ops.binary({ kind: "mul", a: step, b: ops.affine({ x: rate, scale: -1 }) });
  }
  const share = ops.unary({ kind: "sigmoid", x: ops.binary({ kind: "mul", a: input, b: rate }) });
  return ops.affine({ x: share, scale: lowerBound });
}

/** A log decay for each head, [T, heads] f32: −exp(A_log) softplus(W_a x + dt_bias). */
export const headDecay = <T extends Tensor>(
  ops: Ops<T>,
  weights: Weights<T>,
  x: T,
  { proj = "a_proj", logRate = "A_log", bias = "dt_bias" } = {},
): T =>
  logDecay(ops, {
    a: gateInput(ops, x, weights(`${proj}.weight`)),
    bias: weights(bias),
    logRate: weights(logRate),
  });

export interface ChannelDecayOptions {
  readonly hiddenSize: number;
  readonly heads: number;
  /** Channels of a key, K. */
  readonly headDim: number;
  /** Width between the two projections. */
  readonly rank: number;
  readonly lowerBound?: number | undefined;
}

/** A log decay for each channel of a head, through a bottleneck. */
export interface ChannelDecay {
  readonly parameters: ParameterTable;
  /** [T, heads, K] f32 */
  forward<T extends Tensor>(ops: Ops<T>, weights: Weights<T>, x: T): T;
}

/** −exp(A_log) softplus(W₁ W₀ x + dt_bias), or lowerBound · sigmoid(exp(A_log) (W₁ W₀ x + dt_bias)). FLA: the gate of kda. */
export const channelDecay = ({
  hiddenSize,
  heads,
  headDim,
  rank,
  lowerBound,
}: ChannelDecayOptions): ChannelDecay => ({
  parameters: {
    A_log: [heads],
    dt_bias: [heads * headDim],
    "f_proj.0.weight": [rank, hiddenSize],
    "f_proj.1.weight": [heads * headDim, rank],
  },
  forward(ops, weights, x) {
    const inner = gateInput(ops, x, weights("f_proj.0.weight"));
    const a = gateInput(ops, inner, weights("f_proj.1.weight"));
    return logDecay(ops, {
      a: ops.reshape(a, [a.shape[0]!, heads, headDim]),
      bias: ops.reshape(weights("dt_bias"), [heads, headDim]),
      logRate: ops.reshape(weights("A_log"), [heads, 1]),
      lowerBound,
    });
  },
});
