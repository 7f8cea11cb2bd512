import { type Backend, createOps, type Ops, UnsupportedError } from "@webfla/ops";
import { fill } from "./dense";
import { backwardOn } from "./gradient";
import type { Device, Operands } from "./launch";
import { completePlan, type PlanOptions } from "./linear-attention";
import { checkTiles, type Tiles } from "./product";
import { type GpuTensor, openRuntime, type Runtime, type RuntimeOptions, type Trace } from "./runtime";
import { type Tuning, tuned } from "./tuning";
import { verbsOn } from "./verbs";

/** Without a word on them: what was measured to suit the adapter's class. */
export type TileOptions = Pick<Tuning, "tiles">;

export interface OperandOptions {
  /** Default "stored". */
  readonly operands?: Operands | undefined;
}

const deviceOf = (
  runtime: Runtime,
  own: { readonly tiles?: Tiles | undefined } & OperandOptions,
): Device => ({
  info: runtime.info,
  ...own,
  dispatch: (args) => runtime.dispatch(args),
  create: (shape, dtype) => runtime.create(shape, dtype),
  constant: (data) => runtime.constant(data),
  varlen: (varlen, key, make) => runtime.varlen(varlen, key, make),
  reshape: (x, shape) => runtime.reshape(x, shape),
});

const runtimes = new WeakMap<object, Runtime>();

/** The verbs on a WebGPU device, without checks; `createWebGpu` is what layers want. */
export function createWebGpuBackend(
  runtime: Runtime,
  options: PlanOptions & TileOptions & OperandOptions = {},
): Backend<GpuTensor> {
  const { tiles, ...sizes } = tuned(options, runtime.info);
  if (tiles) checkTiles(tiles);
  const device = deviceOf(runtime, { tiles, operands: options.operands });
  const plan = completePlan({ ...options, ...sizes }, runtime.info.limits, runtime.info.matrices);
  const backend: Backend<GpuTensor> = {
    name: "webgpu",
    dtypes: runtime.info.features.has("shader-f16") ? ["f32", "f16", "i32"] : ["f32", "i32"],
    upload: (data, shape, dtype) => runtime.upload(data, shape, dtype),
    fill: (value, shape, dtype) => fill(device, value, shape, dtype),
    reshape: (x, shape) => runtime.reshape(x, shape),
    read: (x) => runtime.read(x),
    memory: () => runtime.memory(),
    dispose: () => runtime.dispose(),
    backward: backwardOn(device, plan),
    ...verbsOn(device, plan),
  };
  runtimes.set(backend, runtime);
  return backend;
}

/** `Ops` on a WebGPU device. Throws UnsupportedError where there is no WebGPU or no adapter. */
export const createWebGpu = async (
  options: RuntimeOptions & PlanOptions & TileOptions & OperandOptions = {},
): Promise<Ops<GpuTensor>> => createOps(createWebGpuBackend(await openRuntime(options), options));

/**
 * Runs a body, and says what was dispatched meanwhile on the device of `ops`: kernels, their slots and sizes, and the time that each took
 * where the device has `timestamp-query`. Throws UnsupportedError where `ops` are not on WebGPU, and what `read` throws.
 */
export function trace<R>(
  ops: { readonly name: string; readonly backend: object },
  body: () => R,
): Promise<Trace<R>> {
  const runtime = runtimes.get(ops.backend);
  if (!runtime)
    throw new UnsupportedError(`trace: ops must be on WebGPU, got ${ops.name}. Make them with createWebGpu.`);
  return runtime.trace(body);
}
