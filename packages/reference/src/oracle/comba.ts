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
 * Comba (Hu et al. 2025, arXiv 2506.02475; FLA comba): the correction is read at p from the state before its
 * decay.
 *
 *     S_t = exp(g_t) S_{t-1} + k_t (β_t (v_t - S_{t-1}ᵀ p_t))ᵀ      o_t = S_tᵀ (scale q_t)
 *
 * q, k, p [T,H,K]; v [T,HV,V]; g, beta [T,HV], g natural log; states [N,HV,K,V].
 */
export function comba({
  q,
  k,
  v,
  p,
  g,
  beta,
  initialState,
  cuSeqlens,
  sizes,
  scale = sizes.K ** -0.5,
}: Recurrence & Tensors<"q" | "k" | "v" | "p" | "g" | "beta">): Output {
  const { H, HV = H, K, V } = sizes;
  const o = new Float64Array(v.length);
  const finalState = stateFrom(initialState, cuSeqlens, HV * K * V);
  for (const { state, key, value } of steps(cuSeqlens, sizes)) {
    const S = row(finalState, state, K * V);
    const held = transposeTimes(S, row(p, key, K));
    const correction = row(v, value, V).map((x, j) => beta[value]! * (x - held[j]!));
    scaleRows(S, Math.exp(g[value]!));
    addOuter(S, row(k, key, K), correction);
    row(o, value, V).set(transposeTimes(S, row(q, key, K)).map((x) => scale * x));
  }
  return { o, finalState };
}
