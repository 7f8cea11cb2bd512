import { type Output, type Ragged, sequences, stateFrom, type Tensors } from "./shared";

/**
 * HGRN (Qin et al. 2023, arXiv 2311.04823; FLA hgrn): an elementwise gated recurrence.
 *
 *     h_t = exp(g_t) h_{t-1} + x_t      o_t = h_t
 *
 * x, g [T,D], g natural log; states [N,D].
 */
export function hgrn({
  x,
  g,
  initialState,
  cuSeqlens,
  sizes: { D },
}: Ragged & Tensors<"x" | "g"> & { sizes: { D: number }; initialState?: Float64Array | undefined }): Output {
  const o = new Float64Array(x.length);
  const finalState = stateFrom(initialState, cuSeqlens, D);
  for (const { n, start, end } of sequences(cuSeqlens))
    for (let t = start; t < end; t++)
      for (let d = 0; d < D; d++)
        o[t * D + d] = finalState[n * D + d] =
          Math.exp(g[t * D + d]!) * finalState[n * D + d]! + x[t * D + d]!;
  return { o, finalState };
}
