import { COPY_DST, COPY_SRC, MAP_READ, QUERY_RESOLVE } from "./usage";

// two queries a pass, of the 4,096 that a set may have
const most = 2048;

/** Gets the nanoseconds of the device's clock when a pass began and ended. */
export type Timed = (began: bigint, ended: bigint) => void;

interface Batch {
  readonly queries: GPUQuerySet;
  readonly passes: Timed[];
}

/** Times passes of one list. */
export class Stopwatch {
  readonly #batches: Batch[] = [];

  constructor(readonly device: GPUDevice) {}

  /** The timestamps of the next pass. */
  next(timed: Timed): GPUComputePassTimestampWrites {
    let batch = this.#batches.at(-1);
    if (!batch || batch.passes.length === most) {
      batch = { queries: this.device.createQuerySet({ type: "timestamp", count: 2 * most }), passes: [] };
      this.#batches.push(batch);
    }
    const first = 2 * (batch.passes.push(timed) - 1);
    return { querySet: batch.queries, beginningOfPassWriteIndex: first, endOfPassWriteIndex: first + 1 };
  }

  /** Records that the times are copied; the function returned waits for them, once the list is submitted. */
  resolve(encoder: GPUCommandEncoder): () => Promise<void> {
    const waits = this.#batches.map(({ queries, passes }) => {
      const size = 2 * passes.length * BigUint64Array.BYTES_PER_ELEMENT;
      const times = this.device.createBuffer({ size, usage: QUERY_RESOLVE | COPY_SRC });
      const staging = this.device.createBuffer({ size, usage: MAP_READ | COPY_DST });
      encoder.resolveQuerySet(queries, 0, 2 * passes.length, times, 0);
      encoder.copyBufferToBuffer(times, 0, staging, 0, size);
      return async () => {
        await staging.mapAsync(MAP_READ);
        const read = new BigUint64Array(staging.getMappedRange());
        passes.forEach((timed, i) => void timed(read[2 * i]!, read[2 * i + 1]!));
        for (const used of [queries, times, staging]) used.destroy();
      };
    });
    return async () => void (await Promise.all(waits.map((wait) => wait())));
  }
}
