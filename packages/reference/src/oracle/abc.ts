import { gsa } from "./gsa";
import { row, sequences, stateFrom } from "./shared";

type States = [keys: Float64Array, values: Float64Array, z: Float64Array];

/**
 * Attention with bounded-memory control (Peng et al. 2021, arXiv 2110.02488; FLA abc): gated slot attention
 * whose slots are a running softmax of s over time.
 *
 *     z_t = log(exp(z_{t-1}) + exp(s_t))      slots exp(s_t - z_t), decay z_{t-1} - z_t, else as gsa
 *
 * q, k [T,H,K]; v [T,H,V]; s [T,H,M]; states [N,H,K,M], [N,H,M,V] and z [N,H,M], which FLA does not return.
 */
export function abc({
  s,
  initialState,
  ...inputs
}: Omit<Parameters<typeof gsa>[0], "g" | "initialState"> & { initialState?: Readonly<States> | undefined }): {
  o: Float64Array;
  finalState: States;
} {
  const { cuSeqlens, sizes } = inputs;
  const width = sizes.H * sizes.M;
  const z = stateFrom(initialState?.[2], cuSeqlens, width);
  if (!initialState) z.fill(-Infinity);
  const slots = new Float64Array(s.length);
  const g = new Float64Array(s.length);
  for (const { n, start, end } of sequences(cuSeqlens))
    for (let t = start; t < end; t++) {
      const running = row(z, n, width);
      for (let i = 0; i < width; i++) {
        const [before, now] = [running[i]!, s[t * width + i]!];
        const max = Math.max(before, now);
        const after = max + Math.log(Math.exp(before - max) + Math.exp(now - max));
        slots[t * width + i] = Math.exp(now - after);
        g[t * width + i] = before - after;
        running[i] = after;
      }
    }
  const { o, finalState } = gsa({
    ...inputs,
    s: slots,
    g,
    initialState: initialState && [initialState[0], initialState[1]],
  });
  return { o, finalState: [...finalState, z] };
}
