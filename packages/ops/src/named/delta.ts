import type { LinearAttentionResult, Ops, Tensor } from "..";
import { type Batch, batchOf, type Qkv } from "./batch";

type Result<T> = LinearAttentionResult<T>;
interface DeltaArgs<T> extends Qkv<T> {
  readonly beta: T; // [T, HV]
  /** Normalise q and k inside. Default false. */
  readonly useQkL2normInKernel?: boolean | undefined;
}

/** S_t = S_{t-1} + k (β (v − S_{t-1}ᵀ k))ᵀ. Yang et al. 2024; FLA `delta_rule`. */
export function deltaRule<T extends Tensor>(ops: Ops<T>, args: DeltaArgs<T> & Batch): Result<T> {
  return ops.linearAttention({
    ...args,
    erase: { kind: "delta", beta: args.beta },
    qkL2Norm: args.useQkL2normInKernel,
    varlen: batchOf(args),
  });
}

/** S' = exp(g_t) S_{t-1}, S_t = S' + k (β (v − S'ᵀ k))ᵀ; g [T, HV]. Yang et al. 2024; FLA `gated_delta_rule`. */
export function gatedDeltaRule<T extends Tensor>(
  ops: Ops<T>,
  args: DeltaArgs<T> & { readonly g: T } & Batch,
): Result<T> {
  return ops.linearAttention({
    ...args,
    decay: { kind: "scalar", g: args.g },
    erase: { kind: "delta", beta: args.beta },
    qkL2Norm: args.useQkL2normInKernel,
    varlen: batchOf(args),
  });
}

/** The gated delta rule with a gate for each key channel, g [T, HV, K]. Kimi Team 2025; FLA `kda`. */
export function kda<T extends Tensor>(
  ops: Ops<T>,
  args: DeltaArgs<T> & { readonly g: T } & Batch,
): Result<T> {
  return ops.linearAttention({
    ...args,
    decay: { kind: "vector", g: args.g },
    erase: { kind: "delta", beta: args.beta },
    qkL2Norm: args.useQkL2normInKernel,
    varlen: batchOf(args),
  });
}

/**
 * numHouseholder delta steps a token, decayed once by g [T, HV] (none when absent); k, v, beta have
 * T · numHouseholder rows, token-major. Siems et al. 2025; FLA `gated_delta_product`.
 */
export function gatedDeltaProduct<T extends Tensor>(
  ops: Ops<T>,
  args: DeltaArgs<T> & { readonly numHouseholder: number; readonly g?: T | undefined } & Batch,
): Result<T> {
  return ops.linearAttention({
    ...args,
    decay: args.g && { kind: "scalar", g: args.g },
    erase: { kind: "delta", beta: args.beta },
    steps: args.numHouseholder,
    qkL2Norm: args.useQkL2normInKernel,
    varlen: batchOf(args),
  });
}

/** S' = diag(exp(g)) S, S_t = S' + k (w⊙v − S'ᵀ (b⊙k))ᵀ; b [T,H,K] erases, w [T,HV,V] writes. FLA `gdn2`. */
export function gdn2<T extends Tensor>(
  ops: Ops<T>,
  args: Qkv<T> & {
    readonly g: T;
    readonly b: T;
    readonly w: T;
    readonly useQkL2normInKernel?: boolean | undefined;
  } & Batch,
): Result<T> {
  return ops.scope(() => {
    const k = args.useQkL2normInKernel ? ops.norm({ kind: "l2", x: args.k, eps: 1e-6 }) : args.k;
    const q = args.useQkL2normInKernel ? ops.norm({ kind: "l2", x: args.q, eps: 1e-6 }) : args.q;
    return ops.linearAttention({
      ...args,
      q,
      k,
      v: ops.binary({ kind: "mul", a: args.w, b: args.v }),
      decay: { kind: "vector", g: args.g },
      erase: { kind: "delta", eraseKey: ops.binary({ kind: "mul", a: args.b, b: k }) },
      varlen: batchOf(args),
    });
  });
}

/** β (k − S' v) written along v: the delta rule in the value space, S' = S diag(exp(gv)); gv [T, HV, V]. FLA `gated_oja_rule`. */
export function gatedOjaRule<T extends Tensor>(
  ops: Ops<T>,
  args: Qkv<T> & { readonly gv: T; readonly beta: T } & Batch,
): Result<T> {
  return ops.linearAttention({
    ...args,
    decay: { kind: "value", g: args.gv },
    erase: { kind: "oja", beta: args.beta },
    varlen: batchOf(args),
  });
}
