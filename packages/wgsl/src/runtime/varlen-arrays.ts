import type { Varlen } from "@webfla/varlen";
import type { GpuArray } from "./tensor";

/** Index arrays by batch and key. The least recently used go first, when the bytes exceed the bound. */
export class VarlenArrays {
  readonly #byVarlen = new WeakMap<Varlen, Map<string, GpuArray>>();
  readonly #recent = new Set<GpuArray>();
  #bytes = 0;

  constructor(
    readonly upload: (data: Uint32Array) => GpuArray,
    readonly maxBytes: number,
  ) {}

  /** Of the buffers they occupy. */
  get bytes(): number {
    return this.#bytes;
  }

  get(varlen: Varlen, key: string, make: () => Uint32Array): GpuArray {
    const arrays = this.#byVarlen.get(varlen) ?? new Map<string, GpuArray>();
    this.#byVarlen.set(varlen, arrays);
    let array = arrays.get(key);
    if (!array || array.disposed) {
      array = this.upload(make());
      arrays.set(key, array);
      this.#bytes += array.buffer.size;
    }
    this.#recent.delete(array);
    this.#recent.add(array);
    return array;
  }

  /** Gives back the oldest arrays beyond the bound. Not to be called while a verb runs: it may be about to bind them. */
  trim(maxBytes = this.maxBytes): void {
    for (const array of this.#recent) {
      if (this.#bytes <= maxBytes) return;
      this.#recent.delete(array);
      this.#bytes -= array.buffer.size;
      array.dispose();
    }
  }
}
