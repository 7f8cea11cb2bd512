import type { Device } from "../launch";
import type { GpuArray } from "../runtime";
import type { Gates } from "../slots/chunk-laws";

/** The chunks of the long sequences of a batch. */
export interface ChunkList {
  /** [chunks, 2] first token, tokens */
  readonly chunks: GpuArray;
  readonly chunkCount: number;
  /** [sequences, 4] index in the batch, first token, tokens, first chunk */
  readonly spans: GpuArray;
  readonly spanCount: number;
  /** Tokens that a chunk may have. */
  readonly longest: number;
}

/** What every stage of a chunked call is told. */
export interface Frame {
  readonly device: Device;
  readonly list: ChunkList;
  /** C: most writes of a chunk. */
  readonly chunkSize: number;
  /** Writes of a token: the rows it has, twice with a low-rank erase. */
  readonly steps: number;
  readonly T: number;
  readonly N: number;
  readonly HV: number;
  readonly K: number;
  readonly V: number;
  readonly gates: Gates | undefined;
}
