import { type Output, type Ragged, sequences, stateFrom, type Tensors } from "./shared";

/**
 * Depthwise causal convolution (FLA causal_conv1d, ShortConvolution); the last tap meets the present token.
 *
 *     o_t = act(bias + Σ_w weight[w] x_{t-W+1+w}), with x before the sequence taken from the state
 *
 * x [T,D]; weight [D,W]; bias [D] or none; states [N,D,W] = the last W inputs, oldest first, zeros if left
 * out.
 */
export function shortConv({
  x,
  weight,
  bias,
  activation,
  initialState,
  cuSeqlens,
  sizes: { D, W },
}: Ragged &
  Tensors<"x" | "weight"> & {
    sizes: { D: number; W: number };
    bias?: Float64Array | undefined;
    activation?: "silu" | "swish" | undefined;
    initialState?: Float64Array | undefined;
  }): Output {
  const o = new Float64Array(x.length);
  const finalState = stateFrom(initialState, cuSeqlens, D * W);
  for (const { n, start, end } of sequences(cuSeqlens))
    for (let t = start; t < end; t++)
      for (let d = 0; d < D; d++) {
        const window = finalState.subarray((n * D + d) * W, (n * D + d + 1) * W);
        window.copyWithin(0, 1);
        window[W - 1] = x[t * D + d]!;
        const y = window.reduce((sum, xi, w) => sum + xi * weight[d * W + w]!, bias?.[d] ?? 0);
        o[t * D + d] = activation ? y / (1 + Math.exp(-y)) : y;
      }
  return { o, finalState };
}
