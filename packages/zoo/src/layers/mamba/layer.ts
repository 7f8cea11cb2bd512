import type { Ops, Tensor } from "@webfla/ops";
import {
  type Layer,
  type LayerContext,
  type LayerResult,
  linear,
  recurrentState,
  type Weights,
} from "../layer";

export interface MambaOptions {
  readonly hiddenSize: number;
  /** Channels of the scan, D. */
  readonly intermediateSize: number;
  /** Numbers that each channel keeps, S. */
  readonly stateSize: number;
  /** Width of the short convolution, W. */
  readonly convSize: number;
  readonly convBias: boolean;
  /** Rank of the map to the steps. */
  readonly stepRank: number;
  /** Of the projections in and out. */
  readonly bias: boolean;
}

/** Mamba's selective state space (Gu & Dao 2023, arXiv:2312.00752). FLA: fla.layers.Mamba. */
export function mamba(options: MambaOptions): Layer {
  const { hiddenSize, intermediateSize: D, stateSize: S, convSize, convBias, stepRank, bias } = options;
  return {
    parameters: {
      A_log: [D, S],
      D: [D],
      "in_proj.weight": [2 * D, hiddenSize],
      ...(bias && { "in_proj.bias": [2 * D] }),
      "conv1d.weight": [D, 1, convSize],
      ...(convBias && { "conv1d.bias": [D] }),
      "x_proj.weight": [stepRank + 2 * S, D],
      "dt_proj.weight": [D, stepRank],
      "dt_proj.bias": [D],
      "out_proj.weight": [hiddenSize, D],
      ...(bias && { "out_proj.bias": [hiddenSize] }),
    },
    forward: (ops, weights, x, context) => forward(options, ops, weights, x, context),
  };
}

function forward<T extends Tensor>(
  { intermediateSize: D, stateSize: S, convSize, convBias, stepRank, bias }: MambaOptions,
  ops: Ops<T>,
  weights: Weights<T>,
  x: T,
  { varlen, state, wantState }: LayerContext<T>,
): LayerResult<T> {
  const biasOf = (name: string): T | undefined => (bias ? weights(`${name}.bias`) : undefined);
  const columns = (y: T, start: number, end: number): T => ops.slice({ x: y, axis: 1, start, end });
  const both = linear(ops, x, weights("in_proj.weight"), biasOf("in_proj")); // [T, 2D]
  const conv = ops.shortConv({
    x: columns(both, 0, D),
    weight: ops.reshape(weights("conv1d.weight"), [D, convSize]),
    bias: convBias ? weights("conv1d.bias") : undefined,
    activation: "silu",
    initialState: state?.tensors["conv"],
    outputFinalState: wantState,
    varlen,
  });
  const selected = linear(ops, conv.o, weights("x_proj.weight")); // [T, rank + 2S]
  const low = columns(selected, 0, stepRank);
  const step = linear(ops, low, weights("dt_proj.weight"), weights("dt_proj.bias"));
  // rates are multiplied over whole documents, however they are stored
  const logRate = ops.cast({ x: weights("A_log"), dtype: "f32" });
  const { o, finalState } = ops.selectiveScan({
    x: conv.o,
    dt: ops.unary({ kind: "softplus", x: step }),
    A: ops.affine({ x: ops.unary({ kind: "exp", x: logRate }), scale: -1 }),
    B: columns(selected, stepRank, stepRank + S),
    C: columns(selected, stepRank + S, stepRank + 2 * S),
    D: weights("D"),
    initialState: state?.tensors["recurrent"],
    outputFinalState: wantState,
    varlen,
  });
  const gated = ops.binary({ kind: "siluMul", a: columns(both, D, 2 * D), b: o });
  return {
    o: linear(ops, gated, weights("out_proj.weight"), biasOf("out_proj")),
    state:
      finalState &&
      conv.finalState &&
      recurrentState(varlen, { recurrent: finalState, conv: conv.finalState }),
  };
}
