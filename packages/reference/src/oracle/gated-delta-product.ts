import {
  addOuter,
  type Output,
  type Recurrence,
  row,
  scaleRows,
  sequences,
  stateFrom,
  type Tensors,
  transposeTimes,
} from "./shared";

/**
 * Gated DeltaProduct (Siems et al. 2025, arXiv 2502.10297; FLA gated_delta_product): one decay, then n =
 * numHouseholder delta rules a token, then one read.
 *
 *     S' = exp(g_t) S_{t-1}      n times: S' ← S' + k (β (v - S'ᵀ k))ᵀ      S_t = S'
 *     o_t = S_tᵀ (scale q_t)
 *
 * Token t owns rows tn … tn+n-1 of k [Tn,H,K], v [Tn,HV,V] and beta [Tn,HV]; q [T,H,K]; g [T,HV], natural
 * log; states [N,HV,K,V].
 */
export function gatedDeltaProduct({
  q,
  k,
  v,
  g,
  beta,
  numHouseholder,
  initialState,
  cuSeqlens,
  sizes,
  scale = sizes.K ** -0.5,
}: Recurrence & Tensors<"q" | "k" | "v" | "g" | "beta"> & { numHouseholder: number }): Output {
  const { H, HV = H, K, V } = sizes;
  const o = new Float64Array(v.length / numHouseholder);
  const finalState = stateFrom(initialState, cuSeqlens, HV * K * V);
  for (const { n, start, end } of sequences(cuSeqlens))
    for (let t = start; t < end; t++)
      for (let h = 0; h < HV; h++) {
        const S = row(finalState, n * HV + h, K * V);
        const kh = Math.floor(h / (HV / H));
        scaleRows(S, Math.exp(g[t * HV + h]!));
        for (let step = t * numHouseholder; step < (t + 1) * numHouseholder; step++) {
          const kt = row(k, step * H + kh, K);
          const held = transposeTimes(S, kt);
          const correction = row(v, step * HV + h, V).map((x, j) => beta[step * HV + h]! * (x - held[j]!));
          addOuter(S, kt, correction);
        }
        row(o, t * HV + h, V).set(transposeTimes(S, row(q, t * H + kh, K)).map((x) => scale * x));
      }
  return { o, finalState };
}
