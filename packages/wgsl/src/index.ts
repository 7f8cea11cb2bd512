export { createWebGpu, createWebGpuBackend, type OperandOptions, type TileOptions, trace } from "./backend";
export { kernelCatalogue } from "./catalogue";
export type { Operands } from "./launch";
export type { Plan, PlanOptions } from "./linear-attention";
export { type MatrixTile, type PlainTile, type Tiles, tiles } from "./product";
export {
  type Compiled,
  compileAll,
  GpuArray,
  GpuTensor,
  type Kernel,
  openRuntime,
  type Runtime,
  type RuntimeInfo,
  type RuntimeOptions,
  type Specialisation,
  type Tier,
  type Time,
  type Trace,
  type TracedDispatch,
} from "./runtime";
export { type Tuning, tuned, tuningClass } from "./tuning";
