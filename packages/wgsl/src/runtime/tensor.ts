import { bytesPer, DisposedError, type DType, elements, type Shape, type Tensor } from "@webfla/ops";

/** A GPUBuffer shared by the tensors that view it; it goes back where it came from with the last of them. */
export class Storage {
  #owners = 1;

  constructor(
    readonly buffer: GPUBuffer,
    readonly giveBack: () => void,
  ) {}

  retain(): this {
    this.#owners++;
    return this;
  }

  release(): void {
    if (--this.#owners === 0) this.giveBack();
  }
}

/** Something on the device that a kernel can bind. */
abstract class Resident {
  #disposed = false;

  constructor(
    readonly storage: Storage,
    /** Bytes of the data itself; the buffer may be larger. */
    readonly bytes: number,
    private readonly onDispose: () => void,
  ) {}

  get disposed(): boolean {
    return this.#disposed;
  }

  /** The buffer. Throws DisposedError after dispose(). */
  get buffer(): GPUBuffer {
    if (this.#disposed)
      throw new DisposedError(
        "buffer: its owner must be alive, got a disposed one. Dispose it after its last use.",
      );
    return this.storage.buffer;
  }

  /** Gives the buffer back, at once and in recorded order: what was recorded before still finds it. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.storage.release();
    this.onDispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** A dense, row-major tensor in a GPUBuffer. */
export class GpuTensor extends Resident implements Tensor {
  constructor(
    storage: Storage,
    readonly shape: Shape,
    readonly dtype: DType,
    onDispose: () => void,
  ) {
    super(storage, elements(shape) * bytesPer(dtype), onDispose);
  }

  /** Elements. */
  get size(): number {
    return elements(this.shape);
  }
}

/** u32 indices that a kernel reads. */
export class GpuArray extends Resident {
  constructor(
    storage: Storage,
    readonly length: number,
  ) {
    super(storage, length * Uint32Array.BYTES_PER_ELEMENT, () => {});
  }
}
