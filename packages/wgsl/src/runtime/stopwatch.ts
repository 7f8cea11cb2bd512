import type { Note } from "./trace";
import { COPY_DST, COPY_SRC, MAP_READ, QUERY_RESOLVE } from "./usage";

// two queries a dispatch, of the 4,096 that a set may have
const most = 2048;

interface Batch {
  readonly queries: GPUQuerySet;
  readonly notes: Note[];
}

/** Times dispatches of one list, each in a pass of its own. */
export class Stopwatch {
  readonly #batches: Batch[] = [];

  constructor(readonly device: GPUDevice) {}

  /** The timestamps of the next pass, whose time goes to the note. */
  next(note: Note): GPUComputePassTimestampWrites {
    let batch = this.#batches.at(-1);
    if (!batch || batch.notes.length === most) {
      batch = { queries: this.device.createQuerySet({ type: "timestamp", count: 2 * most }), notes: [] };
      this.#batches.push(batch);
    }
    const first = 2 * (batch.notes.push(note) - 1);
    return { querySet: batch.queries, beginningOfPassWriteIndex: first, endOfPassWriteIndex: first + 1 };
  }

  /** Records that the times are copied; the function returned waits for them, once the list is submitted. */
  resolve(encoder: GPUCommandEncoder): () => Promise<void> {
    const waits = this.#batches.map(({ queries, notes }) => {
      const size = 2 * notes.length * BigUint64Array.BYTES_PER_ELEMENT;
      const times = this.device.createBuffer({ size, usage: QUERY_RESOLVE | COPY_SRC });
      const staging = this.device.createBuffer({ size, usage: MAP_READ | COPY_DST });
      encoder.resolveQuerySet(queries, 0, 2 * notes.length, times, 0);
      encoder.copyBufferToBuffer(times, 0, staging, 0, size);
      return async () => {
        await staging.mapAsync(MAP_READ);
        const read = new BigUint64Array(staging.getMappedRange());
        notes.forEach((note, i) => {
          note.nanoseconds = Number(read[2 * i + 1]! - read[2 * i]!);
        });
        for (const used of [queries, times, staging]) used.destroy();
      };
    });
    return async () => void (await Promise.all(waits.map((wait) => wait())));
  }
}
