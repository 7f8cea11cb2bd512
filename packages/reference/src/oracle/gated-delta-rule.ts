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
 * Gated DeltaNet (Yang et al. 2024, arXiv 2412.06464; FLA gated_delta_rule): decay, then the delta rule.
 *
 *     S' = exp(g_t) S_{t-1}      S_t = S' + k_t (β_t (v_t - S'ᵀ k_t))ᵀ      o_t = S_tᵀ (scale q_t)
 *
 * q, k [T,H,K]; v [T,HV,V]; g, beta [T,HV], g natural log; states [N,HV,K,V].
 */
export function gatedDeltaRule({
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
    scaleRows(S, Math.exp(g[value]!));
    const held = transposeTimes(S, kt);
    const correction = row(v, value, V).map((x, j) => beta[value]! * (x - held[j]!));
    addOuter(S, kt, correction);
    row(o, value, V).set(transposeTimes(S, row(q, key, K)).map((x) => scale * x));
  }
  return { o, finalState };
}
