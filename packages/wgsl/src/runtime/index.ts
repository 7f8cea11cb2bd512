export { type Compiled, compileAll } from "./compile-all";
export { openRuntime, type RuntimeOptions, tiers } from "./device";
export {
  f32,
  i32,
  type Kernel,
  type Params,
  packUniforms,
  type Specialisation,
  type Uniform,
  u32,
} from "./kernel";
export { type Linked, link, type Module } from "./link";
export type { DispatchArgs, Runtime, RuntimeInfo, RuntimeStats, Tier } from "./runtime";
export { GpuArray, GpuTensor } from "./tensor";
export type { Time, Trace, TracedDispatch } from "./trace";
