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
 * Retention (Sun et al. 2023, arXiv 2307.08621; FLA retention): a fixed decay per head h = 0 … HV-1.
 *
 *     S_t = (1 - 2^(-5-h)) S_{t-1} + k_t v_tᵀ      o_t = S_tᵀ (scale q_t)
 *
 * q, k [T,H,K]; v [T,HV,V]; states [N,HV,K,V].
 */
export function retention({
  q,
  k,
  v,
  initialState,
  cuSeqlens,
  sizes,
  scale = sizes.K ** -0.5,
}: Recurrence & Tensors<"q" | "k" | "v">): Output {
  const { H, HV = H, K, V } = sizes;
  const o = new Float64Array(v.length);
  const finalState = stateFrom(initialState, cuSeqlens, HV * K * V);
  for (const { head, state, key, value } of steps(cuSeqlens, sizes)) {
    const S = row(finalState, state, K * V);
    scaleRows(S, 1 - 2 ** (-5 - head));
    addOuter(S, row(k, key, K), row(v, value, V));
    row(o, value, V).set(transposeTimes(S, row(q, key, K)).map((x) => scale * x));
  }
  return { o, finalState };
}
