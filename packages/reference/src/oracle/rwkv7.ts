import {
  addOuter,
  type Output,
  type Recurrence,
  row,
  scaleRows,
  stateFrom,
  steps,
  type Tensors,
  transposeTimes,
} from "./shared";

/**
 * RWKV-7 (Peng et al. 2025, arXiv 2503.14456; FLA rwkv7): a read from the undecayed state, written back at b.
 *
 *     S_t = diag(exp(w_t)) S_{t-1} + b_t (S_{t-1}ᵀ a_t)ᵀ + k_t v_tᵀ      o_t = S_tᵀ (scale r_t), scale 1
 *
 * r, k, a, b [T,H,K]; v [T,HV,V]; w [T,HV,K], natural log; states [N,HV,K,V].
 */
export function rwkv7({
  r,
  w,
  k,
  v,
  a,
  b,
  initialState,
  cuSeqlens,
  sizes,
  scale = 1,
}: Recurrence & Tensors<"r" | "w" | "k" | "v" | "a" | "b">): Output {
  const { H, HV = H, K, V } = sizes;
  const o = new Float64Array(v.length);
  const finalState = stateFrom(initialState, cuSeqlens, HV * K * V);
  for (const { state, key, value } of steps(cuSeqlens, sizes)) {
    const S = row(finalState, state, K * V);
    const held = transposeTimes(S, row(a, key, K));
    scaleRows(S, row(w, value, K).map(Math.exp));
    addOuter(S, row(b, key, K), held);
    addOuter(S, row(k, key, K), row(v, value, V));
    row(o, value, V).set(transposeTimes(S, row(r, key, K)).map((x) => scale * x));
  }
  return { o, finalState };
}
