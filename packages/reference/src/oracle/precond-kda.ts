import {
  addOuter,
  dot,
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
 * Preconditioned Kimi delta attention (Preconditioned DeltaNet, arXiv 2604.21100; FLA precond_kda): a
 * decaying second moment A of the keys rescales the key that writes, within [1/x, x].
 *
 *     q, k ← q / ‖q‖, k / ‖k‖
 *     A_t = exp(gAtk_t) A_{t-1} + betaAtk_t k_t²      r = log(A_t + eps) - logAtkScale
 *     m = x^(-r / (1 + |r|))
 *     S' = diag(exp(g_t)) S_{t-1}      S_t = S' + (m ⊙ k_t) (β_t (v_t - S'ᵀ k_t))ᵀ
 *     o_t = S_tᵀ (scale q_t)
 *
 * q, k [T,H,K]; v [T,HV,V]; g [T,HV,K]; beta [T,HV]; gAtk, betaAtk [T,H]; logAtkScale [H], -0.2 if left out;
 * states [N,HV,K,V] and A [N,H,K]. Norms are sqrt(Σx² + 1e-6).
 */
export function precondKda({
  q,
  k,
  v,
  gAtk,
  g,
  betaAtk,
  beta,
  logAtkScale,
  x: base = 1.5,
  eps = 1e-6,
  initialState,
  initialAState,
  cuSeqlens,
  sizes,
  scale = sizes.K ** -0.5,
}: Recurrence &
  Tensors<"q" | "k" | "v" | "gAtk" | "g" | "betaAtk" | "beta"> & {
    logAtkScale?: Float64Array | undefined;
    x?: number | undefined;
    eps?: number | undefined;
    initialAState?: Float64Array | undefined;
  }): Output & { finalAState: Float64Array } {
  const { H, HV = H, K, V } = sizes;
  const o = new Float64Array(v.length);
  const finalState = stateFrom(initialState, cuSeqlens, HV * K * V);
  const finalAState = stateFrom(initialAState, cuSeqlens, H * K);
  const writeKey = new Float64Array(k.length);
  for (const { head, state, key } of steps(cuSeqlens, { H })) {
    const A = row(finalAState, state, K);
    const kt = unit(row(k, key, K));
    const centre = logAtkScale?.[head] ?? -0.2;
    A.set(A.map((a, i) => Math.exp(gAtk[key]!) * a + betaAtk[key]! * kt[i]! ** 2));
    const r = A.map((a) => Math.log(a + eps) - centre);
    row(writeKey, key, K).set(kt.map((ki, i) => ki * base ** (-r[i]! / (1 + Math.abs(r[i]!)))));
  }
  for (const { state, key, value } of steps(cuSeqlens, sizes)) {
    const S = row(finalState, state, K * V);
    scaleRows(S, row(g, value, K).map(Math.exp));
    const held = transposeTimes(S, unit(row(k, key, K)));
    const correction = row(v, value, V).map((vj, j) => beta[value]! * (vj - held[j]!));
    addOuter(S, row(writeKey, key, K), correction);
    row(o, value, V).set(transposeTimes(S, unit(row(q, key, K))).map((y) => scale * y));
  }
  return { o, finalState, finalAState };
}

const unit = (x: Float64Array) => x.map((xi) => xi / Math.sqrt(dot(x, x) + 1e-6));
