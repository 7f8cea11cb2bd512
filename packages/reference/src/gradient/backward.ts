import type { BackwardVerb, Verb } from "@webfla/ops";
import { type CpuTensor, floats, type Memory } from "../backend/memory";

/** Gradients of some verbs. */
export type Backward<V extends Verb> = { readonly [K in V]: BackwardVerb<CpuTensor, K> };

/** What flows into a result of so many elements; zeros where nothing does. */
export const upstream = (grad: CpuTensor | undefined, length: number): Float32Array =>
  grad ? floats(grad) : new Float32Array(length);

/** The gradient of x, f32 whatever x is stored in, from sums kept in f64. */
export const gradientOf = (memory: Memory, x: CpuTensor, sums: ArrayLike<number>): CpuTensor =>
  memory.make(x.shape, "f32", (o) => o.set(sums));

/** The same, where x may be absent. */
export const optional = (
  memory: Memory,
  x: CpuTensor | undefined,
  sums: ArrayLike<number>,
): CpuTensor | undefined => x && gradientOf(memory, x, sums);
