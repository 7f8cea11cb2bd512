import { type Backend, createOps, type Ops } from "@webfla/ops";
import { fill } from "./dense";
import { backwardOn } from "./gradient";
import { completePlan, type PlanOptions } from "./linear-attention";
import { type GpuTensor, openRuntime, type Runtime, type RuntimeOptions } from "./runtime";
import { verbsOn } from "./verbs";

/** The verbs on a WebGPU device, without checks; `createWebGpu` is what layers want. */
export function createWebGpuBackend(runtime: Runtime, options: PlanOptions = {}): Backend<GpuTensor> {
  const plan = completePlan(options, runtime.info.limits.maxComputeWorkgroupStorageSize);
  return {
    name: "webgpu",
    dtypes: runtime.info.features.has("shader-f16") ? ["f32", "f16", "i32"] : ["f32", "i32"],
    upload: (data, shape, dtype) => runtime.upload(data, shape, dtype),
    fill: (value, shape, dtype) => fill(runtime, value, shape, dtype),
    reshape: (x, shape) => runtime.reshape(x, shape),
    read: (x) => runtime.read(x),
    memory: () => runtime.memory(),
    dispose: () => runtime.dispose(),
    backward: backwardOn(runtime, plan),
    ...verbsOn(runtime, plan),
  };
}

/** `Ops` on a WebGPU device. Throws UnsupportedError where there is no WebGPU or no adapter. */
export const createWebGpu = async (options: RuntimeOptions & PlanOptions = {}): Promise<Ops<GpuTensor>> =>
  createOps(createWebGpuBackend(await openRuntime(options), options));
