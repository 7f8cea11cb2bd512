import {
  addOuter,
  type Output,
  type Recurrence,
  row,
  scaleColumns,
  scaleRows,
  stateFrom,
  steps,
  type Tensors,
  transposeTimes,
} from "./shared";

/**
 * Gated slot attention (Zhang et al. 2024, arXiv 2409.07146; FLA gsa): keys and values kept in M decaying
 * slots.
 *
 *     Kₜ = diag(exp(g_t)) Kₜ₋₁ + s_t k_tᵀ      Vₜ = diag(exp(g_t)) Vₜ₋₁ + s_t v_tᵀ
 *     o_t = Vₜᵀ softmax(Kₜ (scale q_t))
 *
 * q, k [T,H,K]; v [T,H,V]; s, g [T,H,M], g natural log. States are FLA's pair: Kᵀ [N,H,K,M] and V [N,H,M,V].
 */
export function gsa({
  q,
  k,
  v,
  s,
  g,
  initialState,
  cuSeqlens,
  sizes: { H, K, V, M },
  scale = K ** -0.5,
}: Omit<Recurrence, "initialState" | "sizes"> &
  Tensors<"q" | "k" | "v" | "s" | "g"> & {
    sizes: { H: number; K: number; V: number; M: number };
    initialState?: readonly [Float64Array, Float64Array] | undefined;
  }): Output<[Float64Array, Float64Array]> {
  const o = new Float64Array(v.length);
  const keys = stateFrom(initialState?.[0], cuSeqlens, H * K * M);
  const values = stateFrom(initialState?.[1], cuSeqlens, H * M * V);
  for (const { state, key } of steps(cuSeqlens, { H })) {
    const hk = row(keys, state, K * M);
    const hv = row(values, state, M * V);
    const slot = row(s, key, M);
    const decay = row(g, key, M).map(Math.exp);
    scaleColumns(hk, decay);
    addOuter(hk, row(k, key, K), slot);
    scaleRows(hv, decay);
    addOuter(hv, slot, row(v, key, V));
    const scores = transposeTimes(hk, row(q, key, K)).map((x) => scale * x);
    const max = Math.max(...scores);
    const weights = scores.map((x) => Math.exp(x - max));
    const sum = weights.reduce((a, b) => a + b);
    row(o, key, V).set(transposeTimes(hv, weights).map((x) => x / sum));
  }
  return { o, finalState: [keys, values] };
}
