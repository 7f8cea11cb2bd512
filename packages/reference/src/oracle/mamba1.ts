import { dot, type Output, type Ragged, row, sequences, stateFrom, type Tensors } from "./shared";

/**
 * Mamba's selective scan (Gu & Dao 2023, arXiv 2312.00752; FLA layer Mamba): each channel d keeps S numbers.
 *
 *     h_t = exp(dt_t A_d) h_{t-1} + dt_t x_t B_t      o_t = h_t · C_t + D_d x_t
 *
 * x, dt [T,D], dt after softplus; A [D,S], negative; B, C [T,S]; D [D] or none; states [N,D,S].
 */
export function mamba1({
  x,
  dt,
  A,
  B,
  C,
  D,
  initialState,
  cuSeqlens,
  sizes: { D: channels, S },
}: Ragged &
  Tensors<"x" | "dt" | "A" | "B" | "C"> & {
    D?: Float64Array | undefined;
    sizes: { D: number; S: number };
    initialState?: Float64Array | undefined;
  }): Output {
  const o = new Float64Array(x.length);
  const finalState = stateFrom(initialState, cuSeqlens, channels * S);
  for (const { n, start, end } of sequences(cuSeqlens))
    for (let t = start; t < end; t++)
      for (let d = 0; d < channels; d++) {
        const h = row(finalState, n * channels + d, S);
        const [xt, step] = [x[t * channels + d]!, dt[t * channels + d]!];
        for (let i = 0; i < S; i++) h[i] = Math.exp(step * A[d * S + i]!) * h[i]! + step * xt * B[t * S + i]!;
        o[t * channels + d] = dot(h, row(C, t, S)) + (D?.[d] ?? 0) * xt;
      }
  return { o, finalState };
}
