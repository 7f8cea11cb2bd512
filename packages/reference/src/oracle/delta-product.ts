import { gatedDeltaProduct } from "./gated-delta-product";
import type { Output } from "./shared";

/**
 * DeltaProduct (Siems et al. 2025, arXiv 2502.10297; FLA gated_delta_product with g = None): n =
 * numHouseholder delta rules a token, then one read.
 *
 *     n times: S ← S + k (β (v - Sᵀ k))ᵀ      o_t = Sᵀ (scale q_t)
 *
 * Token t owns rows tn … tn+n-1 of k [Tn,H,K], v [Tn,HV,V] and beta [Tn,HV]; q [T,H,K]; states [N,HV,K,V].
 */
export const deltaProduct = (inputs: Omit<Parameters<typeof gatedDeltaProduct>[0], "g">): Output =>
  gatedDeltaProduct({ ...inputs, g: new Float64Array(inputs.beta.length / inputs.numHouseholder) });
