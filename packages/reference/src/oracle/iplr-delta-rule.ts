import {
  addOuter,
  type Output,
  type Recurrence,
  row,
  stateFrom,
  steps,
  type Tensors,
  transposeTimes,
} from "./shared";

/**
 * Identity plus low rank (Yang et al. 2024, arXiv 2406.06484; FLA generalized_delta_rule/iplr).
 *
 *     S_t = (I + b_t a_tᵀ) S_{t-1} + k_t v_tᵀ      o_t = S_tᵀ (scale q_t)
 *
 * q, k, a, b [T,H,K]; v [T,HV,V]; states [N,HV,K,V].
 */
export function iplrDeltaRule({
  q,
  k,
  v,
  a,
  b,
  initialState,
  cuSeqlens,
  sizes,
  scale = sizes.K ** -0.5,
}: Recurrence & Tensors<"q" | "k" | "v" | "a" | "b">): Output {
  const { H, HV = H, K, V } = sizes;
  const o = new Float64Array(v.length);
  const finalState = stateFrom(initialState, cuSeqlens, HV * K * V);
  for (const { state, key, value } of steps(cuSeqlens, sizes)) {
    const S = row(finalState, state, K * V);
    addOuter(S, row(b, key, K), transposeTimes(S, row(a, key, K)));
    addOuter(S, row(k, key, K), row(v, value, V));
    row(o, value, V).set(transposeTimes(S, row(q, key, K)).map((x) => scale * x));
  }
  return { o, finalState };
}
