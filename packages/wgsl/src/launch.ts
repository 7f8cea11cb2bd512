import { type DType, elements, type Shape, UnsupportedError } from "@webfla/ops";
import type { Tiles } from "./product/tiles";
import {
  type GpuArray,
  type GpuTensor,
  type Module,
  type Params,
  type Runtime,
  type RuntimeInfo,
  type Uniform,
  u32,
} from "./runtime";
import { grid } from "./shared";

/** What a verb needs of the runtime. */
export type Device = Pick<Runtime, "dispatch" | "create" | "constant" | "varlen" | "reshape"> & {
  readonly info: Pick<RuntimeInfo, "features" | "isFallback" | "matrices"> & {
    readonly limits: Pick<
      GPUSupportedLimits,
      "maxStorageBuffersPerShaderStage" | "maxComputeWorkgroupStorageSize"
    >;
  };
  /** Those of products; default: `product/tiles.ts`. */
  readonly tiles?: Tiles | undefined;
  /** What products may round to f16 where they go by matrices: default, what is stored so. */
  readonly operands?: Operands | undefined;
};

/**
 * What products may round to f16 where the device multiplies matrices: "stored", what is stored so; "f16", f32 too, as torch's autocast does.
 * Sums stay f32, and a tile with an operand beyond f16 is computed in f32.
 */
export type Operands = "stored" | "f16";

/** Whether a product of these goes by matrices. */
export const byMatrices = (
  { info, operands }: Pick<Device, "info" | "operands">,
  tensors: readonly Pick<GpuTensor, "dtype">[],
): boolean => info.matrices && (operands === "f16" || tensors.every(({ dtype }) => dtype === "f16"));

/** A module that supplies the functions of a slot, and the buffer it reads, which is bound after those before it. */
export interface Slot {
  readonly module: Module;
  readonly params?: Params | undefined;
  /** The module declares `const <name>_BINDING`. */
  readonly brings?: readonly [name: string, buffer: GpuTensor | GpuArray] | undefined;
  /** Slots whose functions it calls. */
  readonly needs?: readonly Slot[] | undefined;
}

/** A slot and, after it, those that it needs. */
const withNeeds = (slot: Slot): readonly Slot[] =>
  slot.needs ? [slot, ...slot.needs.flatMap(withNeeds)] : [slot];

export interface Launch {
  readonly main: Module;
  /** Modules of functions that main or its slots call. */
  readonly uses?: readonly Module[] | undefined;
  readonly slots?: readonly Slot[] | undefined;
  readonly params?: Params | undefined;
  readonly uniforms: readonly Uniform[];
  /** Buffers at binding 1, 2, …; those of the slots follow. */
  readonly bindings: readonly (GpuTensor | GpuArray)[];
  readonly workgroups: number;
}

/** Links main with its slots, numbers the buffers and dispatches. */
export function launch(
  device: Device,
  { main, uses = [], slots = [], params, uniforms, bindings, workgroups }: Launch,
): void {
  const name = main.path.slice(0, -".wgsl".length);
  const all = [...bindings];
  const modules = [grid, ...uses, main];
  const values: Record<string, string | number | boolean> = { ...params };
  for (const { module, params, brings } of slots.flatMap(withNeeds)) {
    modules.push(module);
    Object.assign(values, params);
    if (brings) values[`${brings[0]}_BINDING`] = all.push(brings[1]);
  }
  device.dispatch({
    kernel: { name, modules },
    params: values,
    uniforms,
    bindings: all,
    workgroups,
    label: name,
  });
}

/** Threads of a workgroup in kernels with a thread an element. */
const THREADS = 256;

/** Launches a kernel with a thread an element, or EACH where `each` says so, whose first uniform is the count. */
export function launchElements(
  device: Device,
  count: number,
  {
    uniforms = [],
    params,
    each,
    ...rest
  }: Omit<Launch, "workgroups" | "uniforms"> & Partial<Pick<Launch, "uniforms">> & { readonly each?: number },
): void {
  const workgroups = Math.ceil(count / (THREADS * (each ?? 1)));
  launch(device, {
    ...rest,
    params: { ...params, ...(each && { EACH: each }) },
    uniforms: [u32(count), ...uniforms],
    workgroups,
  });
}

/** The least power of two that is not less; 1 at least. */
export const powerOfTwo = (x: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, x)));

/** Threads that share a row of this length: 32 or 64. */
export const lanesFor = (length: number): number => (length <= 128 ? 32 : 64);

// fours of a row that a thread keeps in registers
const HELD = 8;

/** How rows are shared out in kernels that take them by teams: fours of a thread are two until a team has 64 threads, more in long rows. */
export function teamsFor(rows: number, width: number) {
  const LANES = width > 8192 ? 256 : Math.min(64, Math.max(8, powerOfTwo(width / 8)));
  const TEAMS = Math.max(1, 128 / LANES);
  const held = Math.min(HELD, Math.max(1, Math.ceil(width / (4 * LANES))));
  return { params: { LANES, TEAMS, HELD: held }, workgroups: Math.ceil(rows / TEAMS) };
}

/** The storage types of tensors under the names of their aliases. */
export function storage(named: Readonly<Record<string, { readonly dtype: DType }>>): Params {
  const params: Record<string, DType> = {};
  for (const name in named) params[name] = named[name]!.dtype;
  return params;
}

/** A tensor whose elements kernels can count in u32. */
export function make(device: Device, shape: Shape, dtype: DType): GpuTensor {
  if (elements(shape) >= 2 ** 32)
    throw new UnsupportedError(
      `tensor: it must have fewer than 2^32 elements, got ${elements(shape)}. Split the batch.`,
    );
  return device.create(shape, dtype);
}
