import { gla } from "./gla";
import type { Output, Recurrence, Tensors } from "./shared";

/**
 * HGRN2 (Qin et al. 2024, arXiv 2404.07904; FLA layer HGRN2Attention): gated linear attention whose key is
 * what the gate forgets.
 *
 *     k_t = 1 - exp(g_t)      S_t = diag(exp(g_t)) S_{t-1} + k_t v_tᵀ      o_t = S_tᵀ (scale q_t)
 *
 * q, g [T,H,K]; v [T,H,V]; states [N,H,K,V].
 */
export const hgrn2 = (inputs: Recurrence & Tensors<"q" | "v" | "g">): Output =>
  gla({ ...inputs, k: inputs.g.map((g) => 1 - Math.exp(g)) });
