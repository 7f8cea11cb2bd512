import { type Output, type Ragged, row, sequences, stateFrom, type Tensors } from "./shared";

/**
 * RWKV-4's wkv (Peng et al. 2023, arXiv 2305.13048; FLA rwkv4): a softmax over the past with a decaying
 * exponent.
 *
 *     o_t = (α e^ε + e^(u+k_t) v_t) / (β e^ε + e^(u+k_t))
 *     α e^ε ← e^(-exp w) α e^ε + e^(k_t) v_t      β e^ε ← e^(-exp w) β e^ε + e^(k_t)
 *
 * The exponent ε is the largest seen, so nothing overflows. w, u [C]; k, v [T,C]; states [N,3,C] = (α, β,
 * ε), (0, 0, -∞) if left out.
 */
export function rwkv4({
  w,
  u,
  k,
  v,
  initialState,
  cuSeqlens,
  sizes: { C },
}: Ragged &
  Tensors<"w" | "u" | "k" | "v"> & {
    sizes: { C: number };
    initialState?: Float64Array | undefined;
  }): Output {
  const o = new Float64Array(v.length);
  const finalState = stateFrom(initialState, cuSeqlens, 3 * C);
  for (const { n, start, end } of sequences(cuSeqlens)) {
    const alpha = row(finalState, 3 * n, C);
    const beta = row(finalState, 3 * n + 1, C);
    const eps = row(finalState, 3 * n + 2, C);
    if (!initialState) eps.fill(-Infinity);
    for (let t = start; t < end; t++)
      for (let c = 0; c < C; c++) {
        const [kt, vt] = [k[t * C + c]!, v[t * C + c]!];
        const seen = Math.max(eps[c]!, u[c]! + kt);
        const [past, now] = [Math.exp(eps[c]! - seen), Math.exp(u[c]! + kt - seen)];
        o[t * C + c] = (past * alpha[c]! + now * vt) / (past * beta[c]! + now);

        const decayed = eps[c]! - Math.exp(w[c]!);
        const top = Math.max(decayed, kt);
        const [keep, write] = [Math.exp(decayed - top), Math.exp(kt - top)];
        alpha[c] = keep * alpha[c]! + write * vt;
        beta[c] = keep * beta[c]! + write;
        eps[c] = top;
      }
  }
  return { o, finalState };
}
