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
 * RWKV-6 (Peng et al. 2024, arXiv 2404.05892; FLA rwkv6): reads before it writes, and sees the present token
 * through a bonus u.
 *
 *     o_t = (S_{t-1} + diag(u) k_t v_tᵀ)ᵀ (scale r_t)      S_t = diag(exp(w_t)) S_{t-1} + k_t v_tᵀ
 *
 * r, k [T,H,K]; v [T,HV,V]; w [T,HV,K], natural log; u [HV,K]; states [N,HV,K,V].
 */
export function rwkv6({
  r,
  k,
  v,
  w,
  u,
  initialState,
  cuSeqlens,
  sizes,
  scale = sizes.K ** -0.5,
}: Recurrence & Tensors<"r" | "k" | "v" | "w" | "u">): Output {
  const { H, HV = H, K, V } = sizes;
  const o = new Float64Array(v.length);
  const finalState = stateFrom(initialState, cuSeqlens, HV * K * V);
  for (const { head, state, key, value } of steps(cuSeqlens, sizes)) {
    const S = row(finalState, state, K * V);
    const kt = row(k, key, K);
    const vt = row(v, value, V);
    const seen = S.slice();
    const bonus = row(u, head, K);
    addOuter(
      seen,
      kt.map((x, i) => bonus[i]! * x),
      vt,
    );
    row(o, value, V).set(transposeTimes(seen, row(r, key, K)).map((x) => scale * x));
    scaleRows(S, row(w, value, K).map(Math.exp));
    addOuter(S, kt, vt);
  }
  return { o, finalState };
}
