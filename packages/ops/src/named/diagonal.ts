import type { LinearAttentionResult, Ops, Tensor } from "..";
import { type Batch, batchOf, type Qkv, type Recurrent } from "./batch";
import { headSlopes, lightningSlopes } from "./slopes";

type Result<T> = LinearAttentionResult<T>;
type Pair<T> = readonly [T, T];
interface PairResult<T> {
  readonly o: T;
  readonly finalState: Pair<T> | undefined;
}

/**
 * S_t = S_{t-1} + k vᵀ. Katharopoulos et al. 2020; FLA `linear_attn` with normalize = false.
 * For the normalised form see `linearAttnNormalized`.
 */
export function linearAttn<T extends Tensor>(ops: Ops<T>, args: Qkv<T> & Batch): Result<T> {
  return ops.linearAttention({ ...args, varlen: batchOf(args) });
}

/**
 * Linear attention divided by q·z, z the running sum of k; the state is the pair (S [N,H,K,V], z [N,H,K,1]).
 * FLA `linear_attn` with normalize = true (epsilon 1e-10).
 */
export function linearAttnNormalized<T extends Tensor>(
  ops: Ops<T>,
  args: Omit<Qkv<T>, "initialState"> & { readonly initialState?: Pair<T> | undefined } & Batch,
): PairResult<T> {
  return ops.scope(() => normalized(ops, { ...args, eps: 1e-10 }));
}

/** o = Σ w v / (Σ w + eps): the same attention over v and over ones. */
function normalized<T extends Tensor>(
  ops: Ops<T>,
  args: Omit<Qkv<T>, "initialState"> & {
    readonly initialState?: Pair<T> | undefined;
    readonly eps: number;
  } & Batch,
): PairResult<T> {
  const { initialState, v, eps } = args;
  const varlen = batchOf(args);
  // the weights may be far smaller than the values: halves would lose them
  const ones = ops.full(1, [v.shape[0]!, v.shape[1]!, 1]);
  const sum = ops.linearAttention({ ...args, varlen, initialState: initialState?.[0] });
  const weight = ops.linearAttention({ ...args, v: ones, varlen, initialState: initialState?.[1] });
  const quotient = ops.binary({ kind: "div", a: sum.o, b: ops.affine({ x: weight.o, shift: eps }) });
  const o = quotient.dtype === v.dtype ? quotient : ops.cast({ x: quotient, dtype: v.dtype });
  return { o, finalState: sum.finalState && weight.finalState && [sum.finalState, weight.finalState] };
}

/** S_t = γ_h S_{t-1} + k vᵀ, γ_h = 1 − 2^(−5−h). Sun et al. 2023; FLA `retention`. */
export function retention<T extends Tensor>(ops: Ops<T>, args: Qkv<T> & Batch): Result<T> {
  return ops.scope(() => {
    const slopes = headSlopes(ops, args.v.shape[1]!);
    return ops.linearAttention({ ...args, varlen: batchOf(args), decay: { kind: "head", slopes } });
  });
}

/** S_t = exp(−(8/H)(1 − layerIdx/numLayers) h) S_{t-1} + k vᵀ. Qin et al. 2024; FLA `lightning_attn`. */
export function lightningAttn<T extends Tensor>(
  ops: Ops<T>,
  args: Qkv<T> & { readonly layerIdx: number; readonly numLayers: number } & Batch,
): Result<T> {
  return ops.scope(() => {
    const slopes = lightningSlopes(ops, args.v.shape[1]!, args.layerIdx, args.numLayers);
    return ops.linearAttention({ ...args, varlen: batchOf(args), decay: { kind: "head", slopes } });
  });
}

/** S_t = exp(g_t) S_{t-1} + k vᵀ, g [T, HV]; gGamma [HV] for a static decay. FLA `simple_gla`. */
export function simpleGla<T extends Tensor>(
  ops: Ops<T>,
  args: Qkv<T> &
    ({ readonly g: T; readonly gGamma?: undefined } | { readonly gGamma: T; readonly g?: undefined }) &
    Batch,
): Result<T> {
  const decay = args.g
    ? ({ kind: "scalar", g: args.g } as const)
    : ({ kind: "head", slopes: args.gGamma as T } as const);
  return ops.linearAttention({ ...args, varlen: batchOf(args), decay });
}

/** S_t = diag(exp(g_t)) S_{t-1} + k vᵀ, g [T, H, K]. Yang et al. 2023; FLA `gla`. */
export function gla<T extends Tensor>(ops: Ops<T>, args: Qkv<T> & { readonly g: T } & Batch): Result<T> {
  return ops.linearAttention({ ...args, varlen: batchOf(args), decay: { kind: "vector", g: args.g } });
}

/**
 * Gated slot attention: p = softmax(scale q·hk) over M slots, o = pᵀ hv, both slot memories fading by g [T,H,M] and
 * written through s [T,H,M]; the state is the pair (hk [N,H,K,M], hv [N,H,M,V]). Zhang et al. 2024; FLA `gsa`.
 */
export function gsa<T extends Tensor>(
  ops: Ops<T>,
  args: Omit<Qkv<T>, "initialState"> & {
    readonly s: T;
    readonly g: T;
    readonly initialState?: Pair<T> | undefined;
  } & Batch,
): PairResult<T> {
  const { q, k, v, s, g, scale, initialState, outputFinalState } = args;
  const varlen = batchOf(args);
  return ops.scope(() => {
    const keys = ops.linearAttention({
      q,
      k,
      v: s,
      decay: { kind: "value", g },
      scale,
      initialState: initialState?.[0],
      outputFinalState,
      varlen,
    });
    const values = ops.linearAttention({
      q: ops.softmax({ x: keys.o }),
      k: s,
      v,
      decay: { kind: "vector", g },
      scale: 1,
      initialState: initialState?.[1],
      outputFinalState,
      varlen,
    });
    return {
      o: values.o,
      finalState: keys.finalState && values.finalState && ([keys.finalState, values.finalState] as const),
    };
  });
}

/** Attention with bounded-memory control: slots weighted by softmax of s over time; `gsa` with gates from its running logsumexp. Peng et al. 2022; FLA `abc`. */
export function abc<T extends Tensor>(
  ops: Ops<T>,
  args: Omit<Qkv<T>, "initialState"> & { readonly s: T } & Batch, // s [T, H, M]
): PairResult<T> {
  const varlen = batchOf(args);
  const { s } = args;
  return ops.scope(() => {
    const [T, H, M] = s.shape as [number, number, number];
    const z = ops.cumulative({ kind: "logSumExp", x: s, varlen });
    const fall = ops.tokenShift({ x: ops.reshape(z, [T, H * M]), varlen }).o;
    // a first token has nothing to fade, so any gate at most 0 will do
    const g = ops.binary({ kind: "min", a: fall, b: ops.full(0, [1]) });
    const write = ops.unary({ kind: "exp", x: ops.binary({ kind: "sub", a: s, b: z }) });
    return gsa(ops, { ...args, cuSeqlens: undefined, varlen, s: write, g: ops.reshape(g, [T, H, M]) });
  });
}

/** o_t = (S_{t-1} + diag(u) k vᵀ)ᵀ (scale r), S_t = diag(exp(w_t)) S_{t-1} + k vᵀ; w [T,H,K], u [H,K]. Peng et al. 2024; FLA `rwkv6`. */
export function rwkv6<T extends Tensor>(
  ops: Ops<T>,
  args: Recurrent<T> & { readonly r: T; readonly k: T; readonly v: T; readonly w: T; readonly u: T } & Batch,
): Result<T> {
  const { r, w, u } = args;
  return ops.linearAttention({
    ...args,
    q: r,
    decay: { kind: "vector", g: w },
    read: { kind: "bonus", u },
    varlen: batchOf(args),
  });
}

/** Weights 1 + y + y²/2, y = scale q·k, normalised with epsilon 1e-6. Arora et al. 2024; FLA `based`. */
export function based<T extends Tensor>(
  ops: Ops<T>,
  args: Omit<Qkv<T>, "initialState" | "outputFinalState"> & Batch,
): { readonly o: T } {
  return polynomial(ops, "taylor", { ...args, eps: 1e-6 });
}

/** Weights y², y = scale q·k, normalised with `eps` (1e-5). Aksenov et al. 2024; FLA `rebased`. */
export function rebased<T extends Tensor>(
  ops: Ops<T>,
  args: Omit<Qkv<T>, "initialState" | "outputFinalState"> & { readonly eps?: number } & Batch,
): { readonly o: T } {
  return polynomial(ops, "square", { eps: 1e-5, ...args });
}

function polynomial<T extends Tensor>(
  ops: Ops<T>,
  kind: "taylor" | "square",
  args: Qkv<T> & { readonly eps: number } & Batch,
): { readonly o: T } {
  const scale = args.scale ?? args.q.shape[2]! ** -0.5;
  return ops.scope(() => {
    // a product of features is far smaller than its terms, so features keep f32 whatever the storage
    const [q, k] = [args.q, args.k].map((x) =>
      ops.featureMap({ kind, x: ops.cast({ x, dtype: "f32" }), scale }),
    ) as [T, T];
    return { o: normalized(ops, { q, k, v: args.v, scale: 1, eps: args.eps, varlen: batchOf(args) }).o };
  });
}

/**
 * Mamba-2: h_t = exp(dt A) h_{t-1} + dt x Bᵀ, o = h C + D x. x [T,H,P], dt [T,H] (after softplus), A, D [H], B, C [T,G,S],
 * states [N,H,P,S]. Dao & Gu 2024.
 */
export function mamba2<T extends Tensor>(
  ops: Ops<T>,
  args: Omit<Recurrent<T>, "scale"> & {
    readonly x: T;
    readonly dt: T;
    readonly A: T;
    readonly B: T;
    readonly C: T;
    readonly D?: T;
  } & Batch,
): Result<T> {
  const { x, dt, A, B, C, D, initialState, outputFinalState } = args;
  return ops.scope(() => {
    const [T, H] = dt.shape as [number, number];
    const step = ops.reshape(dt, [T, H, 1]);
    const out = ops.linearAttention({
      q: C,
      k: B,
      v: ops.binary({ kind: "mul", a: x, b: step }),
      decay: { kind: "scalar", g: ops.binary({ kind: "mul", a: dt, b: A }) },
      scale: 1,
      initialState: initialState && ops.transpose({ x: initialState }),
      outputFinalState,
      varlen: batchOf(args),
    });
    const skip = D && ops.binary({ kind: "mul", a: x, b: ops.reshape(D, [H, 1]) });
    return {
      o: skip ? ops.binary({ kind: "add", a: out.o, b: skip }) : out.o,
      finalState: out.finalState && ops.transpose({ x: out.finalState }),
    };
  });
}
