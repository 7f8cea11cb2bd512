import type { Module } from "./link";

/** A compute shader as plain data: its modules in order, and the optional features it needs. The entry point is the only one. */
export interface Kernel {
  readonly name: string;
  readonly modules: readonly Module[];
  readonly features?: readonly GPUFeatureName[];
}

/** Values for the kernel's top-level `const`s and `alias`es. */
export type Params = Readonly<Record<string, string | number | boolean>>;

/** A kernel with its parameters: one pipeline. */
export interface Specialisation {
  readonly kernel: Kernel;
  readonly params?: Params;
}

/** One 4-byte member of the struct at binding 0. */
export type Uniform = { readonly u32: number } | { readonly i32: number } | { readonly f32: number };

export const u32 = (value: number): Uniform => ({ u32: value });
export const i32 = (value: number): Uniform => ({ i32: value });
export const f32 = (value: number): Uniform => ({ f32: value });

/** The bytes of a uniform struct: members packed in order, its end padded to 16. */
export function packUniforms(uniforms: readonly Uniform[]): Uint8Array {
  const bytes = new Uint8Array(16 * Math.ceil(uniforms.length / 4));
  const view = new DataView(bytes.buffer);
  uniforms.forEach((u, i) => {
    if ("u32" in u) view.setUint32(4 * i, u.u32, true);
    else if ("i32" in u) view.setInt32(4 * i, u.i32, true);
    else view.setFloat32(4 * i, u.f32, true);
  });
  return bytes;
}
