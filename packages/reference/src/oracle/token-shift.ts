import { type Output, type Ragged, sequences, stateFrom } from "./shared";

/**
 * Token shift (Peng et al. 2023, arXiv 2305.13048; FLA token_shift): the step back to the token before.
 *
 *     o_t = x_{t-1} - x_t, with x before the sequence taken from the state
 *
 * x [T,D]; states (FLA's cache) [N,D] = the last token, zeros if left out.
 */
export function tokenShift({
  x,
  initialState,
  cuSeqlens,
  sizes: { D },
}: Ragged & { x: Float64Array; sizes: { D: number }; initialState?: Float64Array | undefined }): Output {
  const o = new Float64Array(x.length);
  const finalState = stateFrom(initialState, cuSeqlens, D);
  for (const { n, start, end } of sequences(cuSeqlens))
    for (let t = start; t < end; t++)
      for (let d = 0; d < D; d++) {
        o[t * D + d] = finalState[n * D + d]! - x[t * D + d]!;
        finalState[n * D + d] = x[t * D + d]!;
      }
  return { o, finalState };
}
