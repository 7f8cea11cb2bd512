import {
  addOuter,
  type Output,
  type Recurrence,
  row,
  scaleRows,
  stateFrom,
  steps,
  type Tensors,
  times,
} from "./shared";

/**
 * Mamba-2 (Dao & Gu 2024, arXiv 2405.21060; FLA layer Mamba2): H groups share B and C among HV heads.
 *
 *     S_t = exp(dt_t A) S_{t-1} + dt_t x_t B_tᵀ      o_t = S_t C_t + D x_t
 *
 * x [T,HV,V]; dt [T,HV], after softplus; A [HV], negative; B, C [T,H,K]; D [HV] or none; states [N,HV,V,K].
 */
export function mamba2({
  x,
  dt,
  A,
  B,
  C,
  D,
  initialState,
  cuSeqlens,
  sizes,
}: Omit<Recurrence, "scale"> &
  Tensors<"x" | "dt" | "A" | "B" | "C"> & { D?: Float64Array | undefined }): Output {
  const { H, HV = H, K, V } = sizes;
  const o = new Float64Array(x.length);
  const finalState = stateFrom(initialState, cuSeqlens, HV * V * K);
  for (const { head, state, key, value } of steps(cuSeqlens, sizes)) {
    const S = row(finalState, state, V * K);
    const xt = row(x, value, V);
    const step = dt[value]!;
    scaleRows(S, Math.exp(step * A[head]!));
    addOuter(
      S,
      xt.map((xi) => step * xi),
      row(B, key, K),
    );
    row(o, value, V).set(times(S, row(C, key, K)).map((y, i) => y + (D?.[head] ?? 0) * xt[i]!));
  }
  return { o, finalState };
}
