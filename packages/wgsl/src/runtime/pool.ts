import { OutOfMemoryError } from "@webfla/ops";
import type { Failures } from "./failures";

const MiB = 2 ** 20;

/** The size that is allocated for this many bytes: powers of two, and quarters between them above 1 MiB. */
export function sizeClass(bytes: number): number {
  const size = Math.max(bytes, 256);
  const octave = 2 ** Math.floor(Math.log2(size));
  const step = octave < MiB ? octave : octave / 4;
  return step * Math.ceil(size / step);
}

/** Where the recorder is: commands are numbered as they are recorded, and submitted in that order. */
export interface Progress {
  /** The number of the command that is recorded next. */
  readonly recorded: number;
  /** Commands below this number are submitted. */
  readonly submitted: number;
}

interface Entry {
  readonly buffer: GPUBuffer;
  readonly size: number;
  /** How many were created before it. */
  readonly born: number;
  /** No command from this number on uses the buffer, once it is free. */
  freeFrom: number;
}

/**
 * Buffers of one usage, by size. A freed buffer is reused in recorded order, by host writes only once its last use is submitted. The oldest goes
 * first: so a loop that takes the same sizes again gets the same buffers, in whatever order it gave them back, and finds its bind groups.
 */
export class BufferPool {
  // the oldest last
  readonly #free = new Map<number, Entry[]>();
  readonly #entries = new Map<GPUBuffer, Entry>();
  #created = 0;
  #bytesLive = 0;
  #bytesPooled = 0;
  #peakBytes = 0;
  #buffersPooled = 0;

  constructor(
    readonly failures: Failures,
    readonly usage: GPUBufferUsageFlags,
    readonly progress: Progress,
    /** Bytes of free buffers that are kept. Default: twice what was in use at once, as not all sizes are in use at once, or 64 MiB. */
    readonly retain?: number | undefined,
  ) {}

  get buffersLive(): number {
    return this.#entries.size - this.#buffersPooled;
  }
  get bytesLive(): number {
    return this.#bytesLive;
  }
  get bytesPooled(): number {
    return this.#bytesPooled;
  }
  get peakBytes(): number {
    return this.#peakBytes;
  }

  /** A buffer of at least this size. `now`: the host writes it at once, before what is recorded. Throws OutOfMemoryError. */
  acquire(bytes: number, { now = false } = {}): GPUBuffer {
    const { device } = this.failures;
    const limit = device.limits.maxBufferSize;
    if (bytes > limit)
      throw new OutOfMemoryError(
        `create: a buffer must have at most ${limit} bytes on this device, got ${bytes}. Use a smaller batch.`,
      );
    const size = Math.min(sizeClass(bytes), limit);
    const list = this.#free.get(size) ?? [];
    const at = now ? list.findLastIndex((e) => e.freeFrom <= this.progress.submitted) : list.length - 1;
    const [entry = this.#create(size)] = at < 0 ? [] : list.splice(at, 1);
    if (at >= 0) {
      this.#bytesPooled -= size;
      this.#buffersPooled--;
    }
    this.#bytesLive += size;
    this.#peakBytes = Math.max(this.#peakBytes, this.#bytesLive);
    return entry.buffer;
  }

  release(buffer: GPUBuffer): void {
    const entry = this.#entries.get(buffer);
    // it went with the runtime, or never had memory
    if (!entry) return;
    entry.freeFrom = this.progress.recorded;
    const list = this.#free.get(entry.size) ?? [];
    this.#free.set(entry.size, list);
    list.splice(younger(list, entry.born), 0, entry);
    this.#bytesLive -= entry.size;
    this.#bytesPooled += entry.size;
    this.#buffersPooled++;
    this.tidy();
  }

  /** Brings free buffers to what is kept of them. */
  tidy(): void {
    const most = this.retain ?? Math.max(64 * MiB, 2 * this.#peakBytes);
    if (this.#bytesPooled > most) this.trim(most);
  }

  /** Destroys free buffers whose last use is submitted, the largest first, until at most this many bytes are kept. */
  trim(keep = 0): void {
    const sizes = [...this.#free.keys()].sort((a, b) => b - a);
    for (const size of sizes)
      this.#free.set(
        size,
        this.#free.get(size)!.filter((entry) => {
          if (this.#bytesPooled <= keep || entry.freeFrom > this.progress.submitted) return true;
          entry.buffer.destroy();
          this.#entries.delete(entry.buffer);
          this.#bytesPooled -= size;
          this.#buffersPooled--;
          return false;
        }),
      );
  }

  dispose(): void {
    for (const buffer of this.#entries.keys()) buffer.destroy();
    this.#entries.clear();
    this.#free.clear();
    this.#bytesLive = this.#bytesPooled = this.#buffersPooled = 0;
  }

  #create(size: number): Entry {
    const { usage, failures } = this;
    const buffer: GPUBuffer = failures.watch(
      "create",
      "out-of-memory",
      () => failures.device.createBuffer({ size, usage }),
      () => this.#forget(entry),
    );
    const entry: Entry = { buffer, size, born: this.#created++, freeFrom: 0 };
    this.#entries.set(buffer, entry);
    return entry;
  }

  /** Takes out a buffer that has no memory, and makes room for the next attempt. */
  #forget(entry: Entry): void {
    if (!this.#entries.delete(entry.buffer)) return;
    const at = this.#free.get(entry.size)?.indexOf(entry) ?? -1;
    if (at < 0) this.#bytesLive -= entry.size;
    else {
      this.#free.get(entry.size)!.splice(at, 1);
      this.#bytesPooled -= entry.size;
      this.#buffersPooled--;
    }
    this.trim();
  }
}

/** How many of a list, the youngest first, are younger. */
function younger(list: readonly Entry[], born: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]!.born > born) low = middle + 1;
    else high = middle;
  }
  return low;
}
