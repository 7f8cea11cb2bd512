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
 * Diagonal plus low rank (Peng et al. 2025, arXiv 2503.14456; FLA generalized_delta_rule/dplr).
 *
 *     S_t = (diag(exp(gk_t)) + b_t a_tᵀ) S_{t-1} + k_t v_tᵀ      o_t = S_tᵀ (scale q_t)
 *
 * q, k, a, b [T,H,K]; v [T,HV,V]; gk [T,HV,K], natural log; states [N,HV,K,V].
 */
export function dplrDeltaRule({
  q,
  k,
  v,
  a,
  b,
  gk,
  initialState,
  cuSeqlens,
  sizes,
  scale = sizes.K ** -0.5,
}: Recurrence & Tensors<"q" | "k" | "v" | "a" | "b" | "gk">): Output {
  const { H, HV = H, K, V } = sizes;
  const o = new Float64Array(v.length);
  const finalState = stateFrom(initialState, cuSeqlens, HV * K * V);
  for (const { state, key, value } of steps(cuSeqlens, sizes)) {
    const S = row(finalState, state, K * V);
    const held = transposeTimes(S, row(a, key, K));
    scaleRows(S, row(gk, value, K).map(Math.exp));
    addOuter(S, row(b, key, K), held);
    addOuter(S, row(k, key, K), row(v, value, V));
    row(o, value, V).set(transposeTimes(S, row(q, key, K)).map((x) => scale * x));
  }
  return { o, finalState };
}
