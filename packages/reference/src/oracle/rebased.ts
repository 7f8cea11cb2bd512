import { dot, type Recurrence, row, sequences, type Tensors } from "./shared";

/**
 * ReBased (Aksenov et al. 2024, arXiv 2402.10644; FLA rebased): causal attention with squares for weights.
 *
 *     w_tj = (scale q_t · k_j)²      o_t = Σ_{j≤t} w_tj v_j / (Σ_{j≤t} w_tj + eps)
 *
 * q, k [T,H,K], after their affine feature map; v [T,H,V].
 */
export function rebased({
  q,
  k,
  v,
  cuSeqlens,
  sizes: { H, K, V },
  scale = K ** -0.5,
  eps = 1e-5,
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
          const weight = (scale * dot(row(q, t * H + h, K), row(k, j * H + h, K))) ** 2;
          sum += weight;
          for (let i = 0; i < V; i++) ot[i]! += weight * v[(j * H + h) * V + i]!;
        }
        ot.set(ot.map((x) => x / sum));
      }
  return { o };
}
