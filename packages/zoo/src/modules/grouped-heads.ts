import type { Ops, Tensor } from "@webfla/ops";
import { splitHeads } from "../layers/layer";
import { repeatHeads } from "./delta-heads";
import { type ShortConvProjection, shortConvProjection } from "./short-conv-projection";

/** Sizes of layers whose queries may share their keys and values in groups. */
export interface GroupedHeads {
  readonly hiddenSize: number;
  /** Query heads, H. */
  readonly numHeads: number;
  /** Heads of keys and values; divides numHeads. */
  readonly numKvHeads: number;
  /** Channels of a key, K. */
  readonly headDim: number;
  /** Channels of a value, V. */
  readonly valueDim: number;
  readonly normEps: number;
}

/** q, k and v; with convolutions of width convSize (0 for none), each behind its own and a silu. */
export function groupedProjection(
  { hiddenSize, numHeads, numKvHeads, headDim, valueDim }: GroupedHeads,
  convSize: number,
  activation = convSize ? ("silu" as const) : undefined,
): ShortConvProjection<"q" | "k" | "v"> {
  return shortConvProjection({
    hiddenSize,
    convSize,
    streams: {
      q: { channels: numHeads * headDim, activation },
      k: { channels: numKvHeads * headDim, activation },
      v: { channels: numKvHeads * valueDim, activation },
    },
  });
}

/** q [T, H, K], k [T, KV, K] and v [T, KV, V] of the streams. */
export const splitGroups = <T extends Tensor>(
  ops: Ops<T>,
  { q, k, v }: Readonly<Record<"q" | "k" | "v", T>>,
  { numHeads, numKvHeads }: GroupedHeads,
): Readonly<Record<"q" | "k" | "v", T>> => ({
  q: splitHeads(ops, q, numHeads),
  k: splitHeads(ops, k, numKvHeads),
  v: splitHeads(ops, v, numKvHeads),
});

/** A head of a group for each query that reads it. x [T, KV, C] → [T, H, C] */
export const spreadGroups = <T extends Tensor>(
  ops: Ops<T>,
  x: T,
  { numHeads, numKvHeads }: GroupedHeads,
): T => repeatHeads(ops, x, numHeads / numKvHeads);

/** FLA's name of the norm on what the heads read, after the kernel that computes it. */
export const gatedNormName = (gated: boolean, fuseNorm: boolean): string =>
  gated && fuseNorm ? "g_norm_swish_gate" : "g_norm";
