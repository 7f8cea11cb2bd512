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
 * Gated DeltaNet-2 (arXiv 2605.22791; FLA gdn2): erase gate b per key channel, write gate w per value
 * channel.
 *
 *     S' = diag(exp(g_t)) S_{t-1}      S_t = S' + k_t (w_t ⊙ v_t - S'ᵀ (b_t ⊙ k_t))ᵀ
 *     o_t = S_tᵀ (scale q_t)
 *
 * q, k [T,H,K]; v, w [T,HV,V]; g, b [T,HV,K], g natural log; states [N,HV,K,V].
 */
export function gdn2({
  q,
  k,
  v,
  g,
  b,
  w,
  initialState,
  cuSeqlens,
  sizes,
  scale = sizes.K ** -0.5,
}: Recurrence & Tensors<"q" | "k" | "v" | "g" | "b" | "w">): Output {
  const { H, HV = H, K, V } = sizes;
  const o = new Float64Array(v.length);
  const finalState = stateFrom(initialState, cuSeqlens, HV * K * V);
  for (const { state, key, value } of steps(cuSeqlens, sizes)) {
    const S = row(finalState, state, K * V);
    const kt = row(k, key, K);
    const erase = row(b, value, K);
    const write = row(w, value, V);
    scaleRows(S, row(g, value, K).map(Math.exp));
    const held = transposeTimes(
      S,
      kt.map((x, i) => erase[i]! * x),
    );
    const correction = row(v, value, V).map((x, j) => write[j]! * x - held[j]!);
    addOuter(S, kt, correction);
    row(o, value, V).set(transposeTimes(S, row(q, key, K)).map((x) => scale * x));
  }
  return { o, finalState };
}
