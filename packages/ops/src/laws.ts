/**
 * The three laws of the matrix state
 *
 *     S_t = decay(S_{t-1}) + erase + k_t v_tᵀ        o_t = (scale q_t)ᵀ S_t
 *
 * Tensors are per token and value head: T tokens, H key heads, HV value heads (a multiple of H), state K × V.
 * Gates are in natural-log space and at most 0. An absent law means none.
 */

/** How the state fades before a token writes. */
export type Decay<T> =
  /** S · exp(slopes[h]): the same at every token. slopes [HV] */
  | { readonly kind: "head"; readonly slopes: T }
  /** S · exp(g[t, h]). g [T, HV] */
  | { readonly kind: "scalar"; readonly g: T }
  /** diag(exp(g[t, h])) S: a gate for each key channel. g [T, HV, K] */
  | { readonly kind: "vector"; readonly g: T }
  /** S diag(exp(g[t, h])): a gate for each value channel. g [T, HV, V] */
  | { readonly kind: "value"; readonly g: T };

/** What a token removes from the state. */
export type Erase<T> =
  /**
   * S' + k (beta (v − S'ᵀ e))ᵀ with the decayed state S', e = eraseKey or k; beta also scales the write.
   * beta [T, HV], 1 when absent; eraseKey [T, H or HV, K]
   */
  | { readonly kind: "delta"; readonly beta?: T; readonly eraseKey?: T }
  /** decay(S) + b (aᵀ S)ᵀ with the state before its decay. a, b [T, H or HV, K] */
  | { readonly kind: "lowRank"; readonly a: T; readonly b: T }
  /** S' + (beta (k − S' v)) vᵀ: the delta rule along values (Oja). beta [T, HV] */
  | { readonly kind: "oja"; readonly beta: T };

/** When a token reads. */
export type Read<T> =
  | { readonly kind: "after" }
  /** Before its own write, which is seen through a bonus instead: (S_{t-1} + diag(u) k vᵀ). u [HV, K] */
  | { readonly kind: "bonus"; readonly u: T };
