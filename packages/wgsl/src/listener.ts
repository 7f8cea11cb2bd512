import type { DType, Shape } from "@webfla/ops";
import type { Device } from "./launch";
import { GpuArray, GpuTensor, type Specialisation } from "./runtime";
import { Storage } from "./runtime/tensor";

/** A device without memory, which notes what it is asked to run. */
export function listener(heard: Map<string, Specialisation>, info: Device["info"]): Device {
  const storage = () => new Storage({} as GPUBuffer, () => {});
  const create = (shape: Shape, dtype: DType) => new GpuTensor(storage(), shape, dtype, () => {});
  const indices = (length: number) => new GpuArray(storage(), length);
  return {
    info,
    create,
    reshape: (x, shape) => create(shape, x.dtype),
    constant: (data) => indices(data.length),
    varlen: (_varlen, _key, make) => indices(make().length),
    dispatch({ kernel, params = {} }) {
      heard.set(`${kernel.modules.map((m) => m.path).join()} ${JSON.stringify(params)}`, { kernel, params });
    },
  };
}
