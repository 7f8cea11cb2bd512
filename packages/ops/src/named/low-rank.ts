import type { LinearAttentionResult, Ops, Tensor } from "..";
import { type Batch, batchOf, type Qkv, type Recurrent } from "./batch";

type Result<T> = LinearAttentionResult<T>;
interface RankOne<T> {
  readonly a: T; // [T, H, K] reads the state before its decay
  readonly b: T; // [T, H, K]
}

/** S_t = diag(exp(gk)) S_{t-1} + b (aᵀ S_{t-1}) + k vᵀ. FLA `dplr_delta_rule`. */
export function dplrDeltaRule<T extends Tensor>(
  ops: Ops<T>,
  args: Qkv<T> & RankOne<T> & { readonly gk: T } & Batch,
): Result<T> {
  const { a, b, gk } = args;
  return ops.linearAttention({
    ...args,
    decay: { kind: "vector", g: gk },
    erase: { kind: "lowRank", a, b },
    varlen: batchOf(args),
  });
}

/** S_t = S_{t-1} + b (aᵀ S_{t-1}) + k vᵀ. FLA `iplr_delta_rule`. */
export function iplrDeltaRule<T extends Tensor>(ops: Ops<T>, args: Qkv<T> & RankOne<T> & Batch): Result<T> {
  const { a, b } = args;
  return ops.linearAttention({ ...args, erase: { kind: "lowRank", a, b }, varlen: batchOf(args) });
}

/** DPLR with RWKV-7's letters, w the log decay; scale defaults to 1. Peng et al. 2025; FLA `rwkv7`. */
export function rwkv7<T extends Tensor>(
  ops: Ops<T>,
  args: Recurrent<T> & RankOne<T> & { readonly r: T; readonly w: T; readonly k: T; readonly v: T } & Batch,
): Result<T> {
  const { r, w, a, b, scale = 1 } = args;
  return ops.linearAttention({
    ...args,
    q: r,
    scale,
    decay: { kind: "vector", g: w },
    erase: { kind: "lowRank", a, b },
    varlen: batchOf(args),
  });
}

/** S_t = exp(g) S_{t-1} + k (β (v − S_{t-1}ᵀ p))ᵀ: erases with p from the state before its decay. Hu et al. 2025; FLA `comba`. */
export function comba<T extends Tensor>(
  ops: Ops<T>,
  args: Qkv<T> & { readonly p: T; readonly g: T; readonly beta: T } & Batch,
): Result<T> {
  const { k, v, p, g, beta } = args;
  return ops.scope(() => {
    const [T, HV] = beta.shape as [number, number];
    const [, H, K] = k.shape as [number, number, number];
    const strength = ops.reshape(beta, [T, HV, 1]);
    // each key head serves HV / H value heads
    const grouped = { a: ops.reshape(beta, [T, H, HV / H, 1]), b: ops.reshape(k, [T, H, 1, K]) };
    const b = ops.reshape(ops.affine({ x: ops.binary({ kind: "mul", ...grouped }), scale: -1 }), [T, HV, K]);
    return ops.linearAttention({
      ...args,
      v: ops.binary({ kind: "mul", a: strength, b: v }),
      decay: { kind: "scalar", g },
      erase: { kind: "lowRank", a: p, b },
      varlen: batchOf(args),
    });
  });
}
