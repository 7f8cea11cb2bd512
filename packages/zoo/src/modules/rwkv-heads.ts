import type { Ops, Tensor } from "@webfla/ops";
import type { Varlen } from "@webfla/varlen";
import { type LayerState, mergeHeads, recurrentState, type Weights } from "../layers/layer";

/** Each head's output [T, H, V] normed on its own, under one gain and bias for all channels: [T, H · V]. */
export const normHeads = <T extends Tensor>(ops: Ops<T>, weights: Weights<T>, o: T, eps: number): T =>
  ops.norm({
    kind: "layer",
    x: mergeHeads(ops, o),
    weight: weights("g_norm.weight"),
    bias: weights("g_norm.bias"),
    eps,
    groupSize: o.shape[2]!,
  });

/** The matrix states and the last tokens; undefined where none were asked for. */
export const timeMixState = <T extends Tensor>(
  varlen: Varlen,
  recurrent: T | undefined,
  shift: T | undefined,
): LayerState<T> | undefined => recurrent && shift && recurrentState(varlen, { recurrent, shift });
