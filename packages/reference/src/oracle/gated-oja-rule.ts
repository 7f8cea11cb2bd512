import {
  addOuter,
  type Output,
  type Recurrence,
  row,
  scaleColumns,
  stateFrom,
  steps,
  type Tensors,
  times,
  transposeTimes,
} from "./shared";

/**
 * The gated Oja rule (FLA gated_oja_rule): the delta rule with keys and values changing places.
 *
 *     S' = S_{t-1} diag(exp(gv_t))      S_t = S' + β_t (k_t - S' v_t) v_tᵀ      o_t = S_tᵀ (scale q_t)
 *
 * q, k [T,H,K]; v, gv [T,HV,V], gv natural log; beta [T,HV]; states [N,HV,K,V].
 */
export function gatedOjaRule({
  q,
  k,
  v,
  gv,
  beta,
  initialState,
  cuSeqlens,
  sizes,
  scale = sizes.K ** -0.5,
}: Recurrence & Tensors<"q" | "k" | "v" | "gv" | "beta">): Output {
  const { H, HV = H, K, V } = sizes;
  const o = new Float64Array(v.length);
  const finalState = stateFrom(initialState, cuSeqlens, HV * K * V);
  for (const { state, key, value } of steps(cuSeqlens, sizes)) {
    const S = row(finalState, state, K * V);
    const vt = row(v, value, V);
    scaleColumns(S, row(gv, value, V).map(Math.exp));
    const held = times(S, vt);
    const correction = row(k, key, K).map((x, i) => beta[value]! * (x - held[i]!));
    addOuter(S, correction, vt);
    row(o, value, V).set(transposeTimes(S, row(q, key, K)).map((x) => scale * x));
  }
  return { o, finalState };
}
