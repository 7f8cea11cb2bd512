import { type Backend, createOps, type Ops } from "@webfla/ops";
import { backward } from "../gradient";
import { attention } from "./attention";
import { elementwise } from "./elementwise";
import { featureMap } from "./feature-map";
import { createKernels } from "./kernels";
import { linearAttention } from "./linear-attention";
import { matmul } from "./matmul";
import { type CpuOptions, type CpuTensor, Memory } from "./memory";
import { norm } from "./norm";
import { optimizer } from "./optimizer";
import { reduce } from "./reduce";
import { rows } from "./rows";
import { sample } from "./sample";
import { scan } from "./scan";
import { sequence } from "./sequence";

/** The verbs on the CPU in f32, without checks; `createCpu` is what layers want. */
export function createCpuBackend(options: CpuOptions = {}): Backend<CpuTensor> {
  const memory = new Memory(options);
  const kernels = createKernels();
  return {
    name: "cpu",
    dtypes: ["f32", "f16", "i32"],
    upload: (data, shape, dtype) => memory.make(shape, dtype, (o) => o.set(data)),
    fill: (value, shape, dtype) => memory.make(shape, dtype, (o) => o.fill(value)),
    reshape: (x, shape) => x.view(shape),
    read: async (x) => x.data.slice(),
    memory: () => memory.use(),
    dispose: () => memory.clear(),
    backward: backward(memory, kernels),
    ...elementwise(memory, kernels),
    ...matmul(memory, kernels),
    ...rows(memory),
    ...reduce(memory),
    ...sample(memory),
    ...optimizer(memory),
    ...featureMap(memory),
    ...norm(memory, kernels),
    ...sequence(memory, kernels),
    ...attention(memory, kernels),
    ...linearAttention(memory, kernels),
    ...scan(memory, kernels),
  };
}

/** `Ops` on the CPU in f32, for where there is no GPU. */
export const createCpu = (options: CpuOptions = {}): Ops<CpuTensor> => createOps(createCpuBackend(options));
