import {
  bytesPer,
  type DType,
  elements,
  type HostArray,
  type MemoryUse,
  ShaderError,
  type Shape,
  ShapeError,
  showShape,
  UnsupportedError,
} from "@webfla/ops";
import type { Varlen } from "@webfla/varlen";
import { bind } from "./bind";
import { Failures } from "./failures";
import { spread } from "./geometry";
import { fromHalf, toHalf } from "./half";
import { packUniforms, type Specialisation } from "./kernel";
import { Pipelines } from "./pipelines";
import poisonText from "./poison.wgsl";
import { BufferPool } from "./pool";
import { Recorder } from "./recorder";
import type { DispatchArgs, Runtime, RuntimeInfo, RuntimeStats } from "./runtime";
import { GpuArray, GpuTensor, Storage } from "./tensor";
import { type Note, noteOf, spans, type Time, type Trace } from "./trace";
import { COPY_DST, COPY_SRC, MAP_READ, STORAGE } from "./usage";
import { VarlenArrays } from "./varlen-arrays";

const MiB = 2 ** 20;
const poison = { name: "runtime/poison", modules: [{ path: "runtime/poison.wgsl", text: poisonText }] };

const words = (bytes: number): number => 4 * Math.ceil(bytes / 4);

/** What queue.writeBuffer takes: whole words that no other thread sees. */
function writable(data: Float32Array | Int32Array | Uint32Array | Uint16Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (bytes.buffer instanceof ArrayBuffer && bytes.byteLength % 4 === 0)
    return bytes as Uint8Array<ArrayBuffer>;
  const copy = new Uint8Array(words(bytes.byteLength));
  copy.set(bytes);
  return copy;
}

export interface RuntimeSettings {
  readonly info: RuntimeInfo;
  /** Whether the device goes with the runtime. */
  readonly isOurs: boolean;
  readonly poison: boolean;
  readonly retainBytes: number | undefined;
  readonly longestList: number;
}

export class GpuRuntime implements Runtime {
  readonly info: RuntimeInfo;
  readonly #settings: RuntimeSettings;
  readonly #failures: Failures;
  readonly #recorder: Recorder;
  readonly #pipelines: Pipelines;
  readonly #buffers: BufferPool;
  readonly #staging: BufferPool;
  readonly #varlen: VarlenArrays;
  readonly #traces = new Set<Note[]>();
  #tensors = 0;

  constructor(
    readonly device: GPUDevice,
    settings: RuntimeSettings,
  ) {
    const { info, isOurs, retainBytes, longestList } = (this.#settings = settings);
    this.info = info;
    this.#failures = new Failures(device, isOurs);
    this.#recorder = new Recorder(device, this.#failures, longestList, () => this.#afterSubmit());
    this.#pipelines = new Pipelines(device, info);
    const pool = (usage: number, retain?: number) =>
      new BufferPool(this.#failures, usage, this.#recorder, retain);
    this.#buffers = pool(STORAGE | COPY_SRC | COPY_DST, retainBytes);
    this.#staging = pool(MAP_READ | COPY_DST, 64 * MiB);
    this.#varlen = new VarlenArrays((data) => this.constant(data), 64 * MiB);
  }

  get stats(): RuntimeStats {
    const { size: pipelines, compiled } = this.#pipelines;
    const { submits, dispatches } = this.#recorder;
    const { buffersLive, bytesLive, bytesPooled, peakBytes } = this.#buffers;
    return { pipelines, compiled, submits, dispatches, buffersLive, bytesLive, bytesPooled, peakBytes };
  }

  dispatch(args: DispatchArgs): void {
    const { kernel, params, uniforms = [], bindings, workgroups, label = kernel.name } = args;
    this.#failures.expectOpen();
    const { limits } = this.info;
    const counts = spread(label, workgroups, limits.maxComputeWorkgroupsPerDimension);
    if (counts.includes(0)) return;
    const pipeline = this.#pipelines.get(params ? { kernel, params } : { kernel });
    if (uniforms.length > 0 !== pipeline.hasUniforms)
      throw new ShaderError(
        `${label}: uniforms must be given when binding 0 is declared, got ${uniforms.length}. Compare the call with the shader.`,
      );
    const buffers = bind(label, pipeline, bindings, limits.maxStorageBufferBindingSize);
    const note = this.#traces.size > 0 ? noteOf(args, pipeline.code, buffers, counts) : undefined;
    if (note) for (const notes of this.#traces) notes.push(note);
    const timed = note && this.#hasClock ? spans(note) : undefined;
    this.#recorder.append({
      kind: "dispatch",
      pipeline,
      uniforms: uniforms.length > 0 ? packUniforms(uniforms) : undefined,
      buffers,
      workgroups: counts,
      timed,
    });
  }

  create(shape: Shape, dtype: DType): GpuTensor {
    const x = this.#allocate(shape, dtype);
    if (this.#settings.poison && x.size > 0)
      this.dispatch({ kernel: poison, bindings: [x], workgroups: Math.ceil(x.bytes / 1024) });
    return x;
  }

  zeros(shape: Shape, dtype: DType): GpuTensor {
    const x = this.#allocate(shape, dtype);
    if (x.size > 0) this.#recorder.append({ kind: "clear", buffer: x.buffer, bytes: words(x.bytes) });
    return x;
  }

  upload(data: HostArray, shape: Shape, dtype: DType): GpuTensor {
    this.#failures.expectOpen();
    const storage = this.#write(writable(dtype === "f16" ? toHalf(data) : data));
    return this.#tensor(storage, shape, dtype);
  }

  reshape(x: GpuTensor, shape: Shape): GpuTensor {
    if (elements(shape) !== x.size)
      throw new ShapeError(
        `reshape: ${showShape(shape)} must hold ${x.size} elements, got ${elements(shape)}. Correct the shape.`,
      );
    return this.#tensor(x.storage.retain(), shape, x.dtype);
  }

  wrap(buffer: GPUBuffer, shape: Shape, dtype: DType): GpuTensor {
    const bytes = words(elements(shape) * bytesPer(dtype));
    if (bytes > buffer.size)
      throw new ShapeError(
        `wrap: the buffer must have ${bytes} bytes for ${dtype}${showShape(shape)}, got ${buffer.size}. Correct the shape.`,
      );
    if ((buffer.usage & STORAGE) === 0)
      throw new UnsupportedError(
        `wrap: the buffer must have the usage STORAGE, got ${buffer.usage}. Create it anew.`,
      );
    return this.#tensor(new Storage(buffer, () => {}), shape, dtype);
  }

  constant(data: Uint32Array): GpuArray {
    this.#failures.expectOpen();
    return new GpuArray(this.#write(writable(data)), data.length);
  }

  varlen(varlen: Varlen, key: string, make: () => Uint32Array): GpuArray {
    return this.#varlen.get(varlen, key, make);
  }

  async read(x: GpuTensor): Promise<HostArray> {
    this.#failures.expectOpen();
    if ((x.buffer.usage & COPY_SRC) === 0)
      throw new UnsupportedError("read: the buffer must have the usage COPY_SRC, got none. Create it anew.");
    if (x.size === 0) {
      await this.flush();
      return x.dtype === "i32" ? new Int32Array() : new Float32Array();
    }
    const mark = this.#failures.mark();
    const bytes = words(x.bytes);
    const staging = this.#staging.acquire(bytes);
    try {
      this.#recorder.append({ kind: "copy", from: x.buffer, to: staging, bytes });
      const submitted = this.#recorder.submit();
      return await this.#failures.settle(mark, async () => {
        await submitted;
        await staging.mapAsync(MAP_READ, 0, bytes);
        const mapped = staging.getMappedRange(0, bytes);
        if (x.dtype === "f16") return fromHalf(new Uint16Array(mapped, 0, x.size));
        return x.dtype === "i32" ? new Int32Array(mapped.slice(0)) : new Float32Array(mapped.slice(0));
      });
    } finally {
      // also withdraws a mapping that is still under way
      staging.unmap();
      this.#staging.release(staging);
    }
  }

  async flush(): Promise<void> {
    this.#failures.expectOpen();
    const submitted = this.#recorder.submit();
    await this.#failures.settle(this.#failures.mark(), () => submitted);
  }

  async warmUp(kernels: readonly Specialisation[]): Promise<void> {
    this.#failures.expectOpen();
    await Promise.all(kernels.map((k) => this.#pipelines.get(k).ready));
  }

  async trace<R>(body: () => R): Promise<Trace<R>> {
    const dispatches: Note[] = [];
    this.#traces.add(dispatches);
    let result: Awaited<R>;
    try {
      result = await body();
    } finally {
      this.#traces.delete(dispatches);
    }
    await this.flush();
    return { result, dispatches };
  }

  async time<R>(body: () => R): Promise<Time<R>> {
    if (!this.#hasClock)
      throw new UnsupportedError(
        "time: the device must have timestamp-query, got none. Open it with this feature, or measure until onSubmittedWorkDone.",
      );
    let [before, after] = [0n, 0n];
    this.#recorder.append({ kind: "mark", timed: (_, ended) => (before = ended) });
    const result = await body();
    this.#recorder.append({ kind: "mark", timed: (_, ended) => (after = ended) });
    await this.flush();
    return { result, nanoseconds: Number(after - before) };
  }

  memory(): MemoryUse {
    const { bytesLive, bytesPooled, peakBytes } = this.#buffers;
    return {
      tensors: this.#tensors,
      bytes: bytesLive - this.#varlen.bytes,
      pooledBytes: bytesPooled,
      peakBytes,
    };
  }

  trim(): void {
    for (const pool of [this.#buffers, this.#staging]) pool.trim();
  }

  dispose(): void {
    this.#failures.close();
    this.#recorder.dispose();
    for (const pool of [this.#buffers, this.#staging]) pool.dispose();
    if (this.#settings.isOurs) this.device.destroy();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  get #hasClock(): boolean {
    return this.info.features.has("timestamp-query");
  }

  #afterSubmit(): void {
    this.#varlen.trim();
    this.#buffers.tidy();
  }

  #allocate(shape: Shape, dtype: DType): GpuTensor {
    this.#failures.expectOpen();
    return this.#tensor(this.#store(this.#buffers.acquire(elements(shape) * bytesPer(dtype))), shape, dtype);
  }

  #write(data: Uint8Array<ArrayBuffer>): Storage {
    const buffer = this.#buffers.acquire(data.byteLength, { now: true });
    this.#failures.watch("upload", "validation", () => this.device.queue.writeBuffer(buffer, 0, data));
    return this.#store(buffer);
  }

  #store(buffer: GPUBuffer): Storage {
    return new Storage(buffer, () => this.#buffers.release(buffer));
  }

  #tensor(storage: Storage, shape: Shape, dtype: DType): GpuTensor {
    this.#tensors++;
    return new GpuTensor(storage, shape, dtype, () => this.#tensors--);
  }
}
