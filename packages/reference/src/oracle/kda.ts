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
 * Kimi delta attention (Kimi team 2025, arXiv 2510.26692; FLA kda): a decay per key channel, then the delta
 * rule.
 *
 *     S' = diag(exp(g_t)) S_{t-1}      S_t = S' + k_t (β_t (v_t - S'ᵀ k_t))ᵀ      o_t = S_tᵀ (scale q_t)
 *
 * q, k [T,H,K]; v [T,HV,V]; g [T,HV,K], natural log; beta [T,HV]; states [N,HV,K,V].
 */
export function kda({
  q,
  k,
  v,
  g,
  beta,
  initialState,
  cuSeqlens,
  sizes,
  scale = sizes.K ** -0.5,
}: Recurrence & Tensors<"q" | "k" | "v" | "g" | "beta">): Output {
  const { H, HV = H, K, V } = sizes;
  const o = new Float64Array(v.length);
  const finalState = stateFrom(initialState, cuSeqlens, HV * K * V);
  for (const { state, key, value } of steps(cuSeqlens, sizes)) {
    const S = row(finalState, state, K * V);
    const kt = row(k, key, K);
    scaleRows(S, row(g, value, K).map(Math.exp));
    const held = transposeTimes(S, kt);
    const correction = row(v, value, V).map((x, j) => beta[value]! * (x - held[j]!));
    addOuter(S, kt, correction);
    row(o, value, V).set(transposeTimes(S, row(q, key, K)).map((x) => scale * x));
  }
  return { o, finalState };
}
