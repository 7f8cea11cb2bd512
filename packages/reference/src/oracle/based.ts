import { dot, type Recurrence, row, sequences, type Tensors } from "./shared";

/**
 * Based (Arora et al. 2024, arXiv 2402.18668; FLA based): causal attention with the Taylor series of exp for
 * weights.
 *
 *     s_tj = scale q_t · k_j      w_tj = 1 + s_tj + s_tj²/2
 *     o_t = Σ_{j≤t} w_tj v_j / (Σ_{j≤t} w_tj + eps)
 *
 * q, k [T,H,K]; v [T,H,V].
 */
export function based({
  q,
  k,
  v,
  cuSeqlens,
  sizes: { H, K, V },
  scale = K ** -0.5,
  eps = 1e-6,
}: Omit<Recurrence, "initialState"> & Tensors<"q" | "k" | "v"> & { eps?: number | undefined }): {
  o: Float64Array;
} {
  const o = new Float64Array(v.length);
  for (const { start, end } of sequences(cuSeqlens))
    for (let t = start; t < end; t++)
      for (let h = 0; h < H; h++) {
        const ot = row(o, t * H + h, V);
        let sum = eps;
        for (let j = start; j <= t; j++) {
          const s = scale * dot(row(q, t * H + h, K), row(k, j * H + h, K));
          const weight = 1 + s + s ** 2 / 2;
          sum += weight;
          for (let i = 0; i < V; i++) ot[i]! += weight * v[(j * H + h) * V + i]!;
        }
        ot.set(ot.map((x) => x / sum));
      }
  return { o };
}
