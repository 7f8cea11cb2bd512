import { type Ragged, sequences, type Tensors } from "./shared";

/**
 * Rotary position embedding (Su et al. 2021, arXiv 2104.09864; FLA rotary): turns each pair of channels (a,
 * b) by the angle of its position, counted from the start of its sequence.
 *
 *     (a, b) ← (a cos - b sin, b cos + a sin)
 *
 * Pairs are (i, i + K/2), or (2i, 2i + 1) if `interleaved`. x [T,H,K]; cos, sin [positions, K/2];
 * seqlenOffsets [N], the position of each first token, zeros if left out.
 */
export function rotary({
  x,
  cos,
  sin,
  interleaved = false,
  seqlenOffsets,
  cuSeqlens,
  sizes: { H, K },
}: Ragged &
  Tensors<"x" | "cos" | "sin"> & {
    sizes: { H: number; K: number };
    interleaved?: boolean | undefined;
    seqlenOffsets?: ArrayLike<number> | undefined;
  }): { o: Float64Array } {
  const o = new Float64Array(x.length);
  const [stride, gap] = interleaved ? [2, 1] : [1, K / 2];
  for (const { n, start, end } of sequences(cuSeqlens))
    for (let t = start; t < end; t++)
      for (let h = 0; h < H; h++)
        for (let i = 0; i < K / 2; i++) {
          const angle = (t - start + (seqlenOffsets?.[n] ?? 0)) * (K / 2) + i;
          const a = (t * H + h) * K + stride * i;
          const b = a + gap;
          o[a] = x[a]! * cos[angle]! - x[b]! * sin[angle]!;
          o[b] = x[b]! * cos[angle]! + x[a]! * sin[angle]!;
        }
  return { o };
}
