import { dot, type Ragged, row, sequences, type Tensors } from "./shared";

/**
 * Causal softmax attention (Vaswani et al. 2017, arXiv 1706.03762; FLA attn), with FLA's three extensions: a
 * window, a sink that takes weight and gives no value, and a log forget gate (Lin et al. 2025, arXiv
 * 2503.02130).
 *
 *     l_ij = scale q_i · k_j + Σ_{j<m≤i} g_m
 *     o_i = Σ_j e^(l_ij) v_j / (e^sink + Σ_j e^(l_ij)), over i - windowSize < j ≤ i
 *
 * q [T,HQ,K]; k [T,H,K]; v [T,H,V]; g [T,HQ] or none; sinkBias [HQ] or none. Query head h reads head floor(h
 * / (HQ / H)).
 */
export function attn({
  q,
  k,
  v,
  g,
  sinkBias,
  windowSize = Infinity,
  cuSeqlens,
  sizes,
  scale = sizes.K ** -0.5,
}: Ragged &
  Tensors<"q" | "k" | "v"> & {
    g?: Float64Array | undefined;
    sinkBias?: Float64Array | undefined;
    windowSize?: number | undefined;
    scale?: number | undefined;
    sizes: { H: number; HQ?: number | undefined; K: number; V: number };
  }): { o: Float64Array } {
  const { H, HQ = H, K, V } = sizes;
  const o = new Float64Array((q.length / K) * V);
  for (const { start, end } of sequences(cuSeqlens))
    for (let i = start; i < end; i++)
      for (let h = 0; h < HQ; h++) {
        const kh = Math.floor(h / (HQ / H));
        const first = Math.max(start, i - windowSize + 1);
        const logits = new Float64Array(i - first + 1);
        let forgotten = 0;
        for (let j = i; j >= first; j--) {
          logits[j - first] = scale * dot(row(q, i * HQ + h, K), row(k, j * H + kh, K)) + forgotten;
          forgotten += g?.[j * HQ + h] ?? 0;
        }
        const sink = sinkBias?.[h] ?? -Infinity;
        const max = logits.reduce((a, b) => Math.max(a, b), sink);
        const weights = logits.map((l) => Math.exp(l - max));
        const sum = weights.reduce((a, b) => a + b, Math.exp(sink - max));
        for (let j = first; j <= i; j++)
          for (let c = 0; c < V; c++)
            o[(i * HQ + h) * V + c]! += (weights[j - first]! / sum) * v[(j * H + kh) * V + c]!;
      }
  return { o };
}
