import type { DType, HostArray, MemoryUse, Shape } from "@webfla/ops";
import type { Varlen } from "@webfla/varlen";
import type { Kernel, Params, Specialisation, Uniform } from "./kernel";
import type { GpuArray, GpuTensor } from "./tensor";
import type { Time, Trace } from "./trace";

/** Optional features that kernels know how to use, by their WebGPU names. None of them: the baseline tier. */
export type Tier = "subgroups" | "shader-f16" | "timestamp-query" | "chromium-experimental-subgroup-matrix";

export interface RuntimeInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  /** Whether the adapter says of itself that it is a software one. */
  readonly isFallback: boolean;
  /** Features that kernels may use here. */
  readonly features: ReadonlySet<Tier>;
  /** Whether kernels may multiply matrices of subgroups: f16 of 16 × 16 into f32, by 32 threads each. */
  readonly matrices: boolean;
  readonly limits: GPUSupportedLimits;
}

export interface RuntimeStats {
  /** Pipelines in the cache. */
  readonly pipelines: number;
  /** Compilations that ended well. */
  readonly compiled: number;
  readonly submits: number;
  /** Dispatches recorded. */
  readonly dispatches: number;
  /** Buffers in use by tensors and index arrays, and their bytes. */
  readonly buffersLive: number;
  readonly bytesLive: number;
  /** Bytes of buffers kept for reuse. */
  readonly bytesPooled: number;
  /** The most bytes that were live at once. */
  readonly peakBytes: number;
}

export interface DispatchArgs {
  readonly kernel: Kernel;
  readonly params?: Params | undefined;
  /** The struct at binding 0, in the order of its members. */
  readonly uniforms?: readonly Uniform[] | undefined;
  /** Storage buffers at binding 1, 2, …, whether there are uniforms or not. */
  readonly bindings: readonly (GpuTensor | GpuArray)[];
  /** A number is spread over x and y; the kernel reads `wid.x + wid.y * nwg.x` and ignores what lies beyond its work. */
  readonly workgroups: number | readonly [x: number, y?: number, z?: number];
  readonly label?: string | undefined;
}

/** A device with its pools, its pipelines and the list of what was recorded. Every method but read, flush and warmUp returns at once. */
export interface Runtime {
  readonly device: GPUDevice;
  readonly info: RuntimeInfo;
  readonly stats: RuntimeStats;

  /**
   * Appends a dispatch; zero workgroups append nothing. Throws ShaderError for a parameter that no module declares or bindings that
   * do not fit the kernel, UnsupportedError beyond a limit or feature of the device, DisposedError, DeviceLostError.
   */
  dispatch(args: DispatchArgs): void;

  /** A tensor whose content is not defined, NaN with `poison`. Throws OutOfMemoryError beyond the largest buffer. */
  create(shape: Shape, dtype: DType): GpuTensor;
  /** A tensor of zeros. */
  zeros(shape: Shape, dtype: DType): GpuTensor;
  /** A tensor of host data; f16 is rounded. */
  upload(data: HostArray, shape: Shape, dtype: DType): GpuTensor;
  /** The same storage under another shape. */
  reshape(x: GpuTensor, shape: Shape): GpuTensor;
  /** A caller's buffer as a tensor; its owner destroys it. Usage STORAGE, and COPY_SRC to read it. */
  wrap(buffer: GPUBuffer, shape: Shape, dtype: DType): GpuTensor;

  /** Index data; the caller disposes it. */
  constant(data: Uint32Array): GpuArray;
  /** Index data of a batch, made and uploaded at its first use and kept by the runtime: the caller does not dispose it. */
  varlen(varlen: Varlen, key: string, make: () => Uint32Array): GpuArray;

  /** Waits for everything recorded before, and copies to the host. Throws what went wrong since the last read or flush. */
  read(x: GpuTensor): Promise<HostArray>;
  /** Submits what was recorded. Resolves when the device has accepted it, not when it is done; throws as read does. */
  flush(): Promise<void>;
  /** Compiles pipelines before their first use. Throws ShaderError. */
  warmUp(kernels: readonly Specialisation[]): Promise<void>;

  /**
   * Runs a body, and says what it and whatever else ran meanwhile dispatched. Throws as read does. Where there are timestamps every
   * dispatch gets a pass of its own, which costs time beside it; whoever does not trace pays nothing.
   */
  trace<R>(body: () => R): Promise<Trace<R>>;

  /**
   * Runs a body, and says how long the device took for what it and whatever else recorded meanwhile. Repeat a call in the body for its time
   * among others: between dispatches nothing is timed, as it is in a trace. Throws as read does, and UnsupportedError without `timestamp-query`.
   */
  time<R>(body: () => R): Promise<Time<R>>;

  memory(): MemoryUse;
  /** Destroys buffers kept for reuse. */
  trim(): void;
  /** Destroys every buffer of this runtime, and the device where the runtime opened it. */
  dispose(): void;
}
