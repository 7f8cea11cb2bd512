import type { Ops, Tensor } from "@webfla/ops";
import { splitHeads } from "../layers/layer";
import { type ShortConvProjection, shortConvProjection } from "./short-conv-projection";

/** Sizes that the layers of the delta family share. */
export interface DeltaHeads {
  readonly hiddenSize: number;
  /** Channels of a key, K. */
  readonly headDim: number;
  /** Key heads, H. */
  readonly numHeads: number;
  /** Value heads, HV: a multiple of H. */
  readonly numValueHeads: number;
  /** Channels of a value, V. */
  readonly valueDim: number;
  /** Width of the short convolutions, W; 0 for none. */
  readonly convSize: number;
  readonly normEps: number;
}

/** q, k and v behind their convolutions and silu; `steps` keys and values a token. */
export function qkvProjection(
  { hiddenSize, headDim, numHeads, numValueHeads, valueDim, convSize }: DeltaHeads,
  steps = 1,
): ShortConvProjection<"q" | "k" | "v"> {
  const activation = "silu" as const;
  const keys = numHeads * headDim;
  return shortConvProjection({
    hiddenSize,
    convSize,
    streams: {
      q: { channels: keys, activation },
      k: { channels: steps * keys, activation },
      v: { channels: steps * numValueHeads * valueDim, activation },
    },
  });
}

/** q, k [T, H, K] and v [T, HV, V] of the streams. */
export const splitQkv = <T extends Tensor>(
  ops: Ops<T>,
  { q, k, v }: Readonly<Record<"q" | "k" | "v", T>>,
  { numHeads, numValueHeads }: DeltaHeads,
): Readonly<Record<"q" | "k" | "v", T>> => ({
  q: splitHeads(ops, q, numHeads),
  k: splitHeads(ops, k, numHeads),
  v: splitHeads(ops, v, numValueHeads),
});

/** Every head `times` times in a row. x [T, H, C] → [T, H · times, C] */
export function repeatHeads<T extends Tensor>(ops: Ops<T>, x: T, times: number): T {
  if (times === 1) return x;
  const [T, H, C] = x.shape as [number, number, number];
  const copies = ops.binary({ kind: "mul", a: ops.reshape(x, [T, H, 1, C]), b: ops.full(1, [times, 1]) });
  return ops.reshape(copies, [T, H * times, C]);
}
