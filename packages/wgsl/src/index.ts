export { createWebGpu, createWebGpuBackend } from "./backend";
export {
  GpuArray,
  GpuTensor,
  type Kernel,
  openRuntime,
  type Runtime,
  type RuntimeInfo,
  type RuntimeOptions,
  type Tier,
} from "./runtime";
