import {
  addOuter,
  dot,
  type Output,
  type Recurrence,
  row,
  stateFrom,
  steps,
  type Tensors,
  transposeTimes,
} from "./shared";

type Inputs = Omit<Recurrence, "initialState"> & Tensors<"q" | "k" | "v">;
type Plain = { normalize?: false | undefined; initialState?: Float64Array | undefined };
type Normalized = { normalize: true; initialState?: readonly [Float64Array, Float64Array] | undefined };

/**
 * Linear attention (Katharopoulos et al. 2020, arXiv 2006.16236; FLA linear_attn), feature maps already
 * applied.
 *
 *     S_t = S_{t-1} + k_t v_tᵀ      o_t = S_tᵀ (scale q_t)
 *
 * With `normalize`, z_t = z_{t-1} + k_t and o_t is divided by scale q_t · z_t + 1e-10; states are then [S,
 * z]. q, k [T,H,K]; v [T,HV,V]; S [N,HV,K,V]; z [N,HV,K].
 */
export function linearAttn(inputs: Inputs & Plain): Output;
export function linearAttn(inputs: Inputs & Normalized): Output<[Float64Array, Float64Array]>;
export function linearAttn({
  q,
  k,
  v,
  normalize,
  initialState,
  cuSeqlens,
  sizes,
  ...rest
}: Inputs & (Plain | Normalized)): Output<Float64Array | [Float64Array, Float64Array]> {
  const { H, HV = H, K, V } = sizes;
  const { scale = K ** -0.5 } = rest;
  const [S0, z0] = initialState instanceof Float64Array ? [initialState] : (initialState ?? []);
  const o = new Float64Array(v.length);
  const S = stateFrom(S0, cuSeqlens, HV * K * V);
  const z = stateFrom(z0, cuSeqlens, HV * K);
  for (const { state, key, value } of steps(cuSeqlens, sizes)) {
    const St = row(S, state, K * V);
    const zt = row(z, state, K);
    const kt = row(k, key, K);
    const qt = row(q, key, K).map((x) => scale * x);
    addOuter(St, kt, row(v, value, V));
    zt.set(zt.map((x, i) => x + kt[i]!));
    const norm = normalize ? dot(qt, zt) + 1e-10 : 1;
    row(o, value, V).set(transposeTimes(St, qt).map((x) => x / norm));
  }
  return { o, finalState: normalize ? [S, z] : S };
}
