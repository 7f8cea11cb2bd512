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
 * The delta rule (Schlag et al. 2021, arXiv 2102.11174; Yang et al. 2024, arXiv 2406.06484; FLA delta_rule):
 * what key k_t held moves towards v_t.
 *
 *     S_t = S_{t-1} + k_t (β_t (v_t - S_{t-1}ᵀ k_t))ᵀ      o_t = S_tᵀ (scale q_t)
 *
 * q, k [T,H,K]; v [T,HV,V]; beta [T,HV]; states [N,HV,K,V].
 */
export function deltaRule({
  q,
  k,
  v,
  beta,
  initialState,
  cuSeqlens,
  sizes,
  scale = sizes.K ** -0.5,
}: Recurrence & Tensors<"q" | "k" | "v" | "beta">): Output {
  const { H, HV = H, K, V } = sizes;
  const o = new Float64Array(v.length);
  const finalState = stateFrom(initialState, cuSeqlens, HV * K * V);
  for (const { state, key, value } of steps(cuSeqlens, sizes)) {
    const S = row(finalState, state, K * V);
    const kt = row(k, key, K);
    const held = transposeTimes(S, kt);
    const correction = row(v, value, V).map((x, j) => beta[value]! * (x - held[j]!));
    addOuter(S, kt, correction);
    row(o, value, V).set(transposeTimes(S, row(q, key, K)).map((x) => scale * x));
  }
  return { o, finalState };
}
