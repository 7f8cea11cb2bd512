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
 * Lightning attention (Qin et al. 2024, arXiv 2405.17381; FLA lightning_attn): a fixed decay per head h and
 * layer.
 *
 *     S_t = exp(-(8/HV)(1 - layerIdx/numLayers) h) S_{t-1} + k_t v_tᵀ      o_t = S_tᵀ (scale q_t)
 *
 * q, k [T,H,K]; v [T,HV,V]; states [N,HV,K,V].
 */
export function lightningAttn({
  q,
  k,
  v,
  layerIdx,
  numLayers,
  initialState,
  cuSeqlens,
  sizes,
  scale = sizes.K ** -0.5,
}: Recurrence & Tensors<"q" | "k" | "v"> & { layerIdx: number; numLayers: number }): Output {
  const { H, HV = H, K, V } = sizes;
  const o = new Float64Array(v.length);
  const finalState = stateFrom(initialState, cuSeqlens, HV * K * V);
  for (const { head, state, key, value } of steps(cuSeqlens, sizes)) {
    const S = row(finalState, state, K * V);
    scaleRows(S, Math.exp(-(8 / HV) * (1 - layerIdx / numLayers) * head));
    addOuter(S, row(k, key, K), row(v, value, V));
    row(o, value, V).set(transposeTimes(S, row(q, key, K)).map((x) => scale * x));
  }
  return { o, finalState };
}
