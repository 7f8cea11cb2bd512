import type { Kernel } from "@webfla/wgsl/runtime";

const kernel = (name: string, text: string): Kernel => ({
  name,
  modules: [{ path: `test/${name}.wgsl`, text }],
});
const head = (body: string) => `
struct Sizes { count: u32, shift: i32, scale: f32 }
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (wid.x + wid.y * nwg.x) * 64 + lane;
  if (i >= sizes.count) { return; }
  ${body}
}`;

/** o = scale · x + shift + OFFSET; uniforms: count, shift, scale. */
export const affine = kernel(
  "affine",
  `alias Elem = f32;
const OFFSET = 0.0;
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> x: array<Elem>;
@group(0) @binding(2) var<storage, read_write> o: array<Elem>;
${head("o[i] = Elem(sizes.scale * f32(x[i]) + f32(sizes.shift) + OFFSET);")}`,
);

/** x += 1 + sin(0) · CAST, in place; uniforms: count. */
export const increment = kernel(
  "increment",
  `@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
${head("x[i] += 1;")}`,
);

/** o[i] = index[i] + arrayLength(index), no uniforms; one workgroup of 64. */
export const lookup = kernel(
  "lookup",
  `@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read_write> o: array<i32>;
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) i: u32) {
  if (i < arrayLength(&index)) { o[i] = i32(index[i] + 1000 * arrayLength(&index)); }
}`,
);

/** Does not compile: an unknown name on line 3. */
export const broken = kernel(
  "broken",
  `@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@compute @workgroup_size(1) fn main() {
  x[0] = missing;
}`,
);

/** Compiles, but no device has so many invocations in a workgroup. */
export const oversized = kernel(
  "oversized",
  `@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@compute @workgroup_size(4096) fn main() { x[0] = 1; }`,
);

/** Binds nine buffers, more than the baseline has. */
export const nine = kernel(
  "nine",
  `${Array.from({ length: 9 }, (_, i) => `@group(0) @binding(${i + 1}) var<storage, read_write> x${i}: array<f32>;`).join("\n")}
@compute @workgroup_size(1) fn main() { x0[0] = x1[0]; }`,
);
