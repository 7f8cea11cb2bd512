import { f16round } from "@petamoriken/float16";
import { type DType, elements, type HostArray, type MemoryUse, type Shape, type Tensor } from "@webfla/ops";

/** Numbers that one tensor or several views of it hold. */
interface Storage {
  readonly data: HostArray;
  users: number;
}

/** A tensor in host memory; f16 is kept as f32 numbers that were rounded to half. */
export class CpuTensor implements Tensor {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly #storage: Storage;
  readonly #memory: Memory;
  #disposed = false;

  constructor(memory: Memory, storage: Storage, shape: Shape, dtype: DType) {
    this.#memory = memory;
    this.#storage = storage;
    this.shape = shape;
    this.dtype = dtype;
    memory.tensors++;
    storage.users++;
  }

  /** Row-major elements; valid until the tensor is disposed. */
  get data(): HostArray {
    return this.#storage.data;
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  /** The same elements under another shape. */
  view(shape: Shape): CpuTensor {
    return new CpuTensor(this.#memory, this.#storage, shape, this.dtype);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#memory.tensors--;
    if (--this.#storage.users === 0) this.#memory.free(this.#storage.data);
  }
}

/** The elements of a float tensor. */
export const floats = (x: CpuTensor): Float32Array => x.data as Float32Array;

export interface CpuOptions {
  /** Fills fresh results with NaN (i32: −2³¹), so that an element nobody wrote shows. Default false. */
  readonly poison?: boolean | undefined;
}

const poolLimit = 256 * 2 ** 20;

/** Makes tensors and keeps freed arrays for the next ones of their size. */
export class Memory {
  readonly #poison: boolean;
  readonly #free = new Map<string, HostArray[]>();
  #pooled = 0;
  #live = 0;
  #peak = 0;
  tensors = 0;

  constructor({ poison = false }: CpuOptions) {
    this.#poison = poison;
  }

  /** A result: `write` gets its elements, which hold anything, and sets all of them; f16 is rounded afterwards. */
  make<A extends HostArray = Float32Array>(shape: Shape, dtype: DType, write: (o: A) => void): CpuTensor {
    const data = this.#allocate(elements(shape), dtype);
    if (this.#poison) data.fill(dtype === "i32" ? -(2 ** 31) : Number.NaN);
    write(data as A);
    if (dtype === "f16") for (let i = 0; i < data.length; i++) data[i] = f16round(data[i]!);
    return new CpuTensor(this, { data, users: 0 }, shape, dtype);
  }

  free(data: HostArray): void {
    this.#live -= data.byteLength;
    if (this.#pooled + data.byteLength > poolLimit) return;
    this.#pooled += data.byteLength;
    const key = poolKey(data.length, data instanceof Int32Array);
    const shelf = this.#free.get(key);
    if (shelf) shelf.push(data);
    else this.#free.set(key, [data]);
  }

  use(): MemoryUse {
    return { tensors: this.tensors, bytes: this.#live, pooledBytes: this.#pooled, peakBytes: this.#peak };
  }

  clear(): void {
    this.#free.clear();
    this.#pooled = 0;
  }

  #allocate(length: number, dtype: DType): HostArray {
    const integer = dtype === "i32";
    const pooled = this.#free.get(poolKey(length, integer))?.pop();
    if (pooled) this.#pooled -= pooled.byteLength;
    const data = pooled ?? (integer ? new Int32Array(length) : new Float32Array(length));
    this.#live += data.byteLength;
    this.#peak = Math.max(this.#peak, this.#live);
    return data;
  }
}

const poolKey = (length: number, integer: boolean): string => `${integer ? "i" : "f"}${length}`;
