import { allocate, whole } from "./integers";

/** The pieces that sequences fall into when each is cut every `size` tokens; an empty sequence has none. */
export interface Chunks {
  readonly size: number;
  /** Chunks of all sequences. */
  readonly count: number;
  /** [count, 2] (sequence, chunk within it). FLA: prepare_chunk_indices. */
  readonly indices: Uint32Array;
  /** [N+1] first chunk of each sequence, and the count. FLA: prepare_chunk_offsets. */
  readonly offsets: Uint32Array;
}

/**
 * A ragged batch: N sequences lying back to back in T tokens, without padding.
 * Frozen; its arrays are computed when first read and then shared, so treat them as read-only.
 */
export interface Varlen {
  /** N */
  readonly sequences: number;
  /** T */
  readonly totalTokens: number;
  /** Length of the longest sequence, 0 without any. */
  readonly maxLength: number;
  /** [N] tokens of each sequence. FLA: prepare_lens. */
  readonly lengths: Uint32Array;
  /** [N+1] first token of each sequence, and T. FLA: prepare_cu_seqlens_from_lens. */
  readonly cuSeqlens: Uint32Array;
  /** [T] the sequence of each token; empty sequences keep their id. FLA: prepare_sequence_ids. */
  readonly seqIdx: Uint32Array;
  /** [T] the place of each token in its sequence. FLA: prepare_position_ids. */
  readonly positionIds: Uint32Array;
  /** The chunks of `size` tokens, memoised per size. Throws VarlenError unless `size` is a whole number from 1. */
  chunks(size: number): Chunks;
  /** [T, 2] (sequence, place in it) of each token, memoised. FLA: prepare_token_indices. */
  tokenIndices(): Uint32Array;
}

/** Wraps offsets that are known to start at 0 and never to decrease. */
export function create(cuSeqlens: Uint32Array): Varlen {
  const sequences = cuSeqlens.length - 1;
  const totalTokens = cuSeqlens[sequences]!;
  const lengths = lazy(() => differences(cuSeqlens));
  const seqIdx = lazy(() => sequenceOfToken(cuSeqlens));
  const positionIds = lazy(() => placeOfToken(cuSeqlens));
  const tokenIndices = lazy(() => ownerAndPlace("tokenIndices", cuSeqlens));
  const chunksBySize = new Map<number, Chunks>();
  return Object.freeze<Varlen>({
    sequences,
    totalTokens,
    maxLength: largestStep(cuSeqlens),
    cuSeqlens,
    get lengths() {
      return lengths();
    },
    get seqIdx() {
      return seqIdx();
    },
    get positionIds() {
      return positionIds();
    },
    tokenIndices,
    chunks(size) {
      const known = chunksBySize.get(size);
      if (known) return known;
      const made = cut(cuSeqlens, whole("chunks", "size", size, 1));
      chunksBySize.set(size, made);
      return made;
    },
  });
}

function cut(cuSeqlens: Uint32Array, size: number): Chunks {
  const offsets = new Uint32Array(cuSeqlens.length);
  for (let i = 1; i < offsets.length; i++) {
    offsets[i] = offsets[i - 1]! + Math.ceil((cuSeqlens[i]! - cuSeqlens[i - 1]!) / size);
  }
  const count = offsets[offsets.length - 1]!;
  // a chunk is to its sequence what a token is, so one function numbers both
  const indices = ownerAndPlace("chunks", offsets);
  return Object.freeze<Chunks>({ size, count, indices, offsets });
}

function differences(offsets: Uint32Array): Uint32Array {
  const out = new Uint32Array(offsets.length - 1);
  for (let i = 0; i < out.length; i++) out[i] = offsets[i + 1]! - offsets[i]!;
  return out;
}

function largestStep(offsets: Uint32Array): number {
  let largest = 0;
  for (let i = 1; i < offsets.length; i++) largest = Math.max(largest, offsets[i]! - offsets[i - 1]!);
  return largest;
}

function sequenceOfToken(offsets: Uint32Array): Uint32Array {
  const out = new Uint32Array(offsets[offsets.length - 1]!);
  for (let i = 1; i < offsets.length; i++) {
    for (let t = offsets[i - 1]!, end = offsets[i]!; t < end; t++) out[t] = i - 1;
  }
  return out;
}

function placeOfToken(offsets: Uint32Array): Uint32Array {
  const out = new Uint32Array(offsets[offsets.length - 1]!);
  for (let i = 1; i < offsets.length; i++) {
    const start = offsets[i - 1]!;
    for (let t = start, end = offsets[i]!; t < end; t++) out[t] = t - start;
  }
  return out;
}

function ownerAndPlace(op: string, offsets: Uint32Array): Uint32Array {
  const out = allocate(op, 2 * offsets[offsets.length - 1]!);
  for (let i = 1; i < offsets.length; i++) {
    const start = offsets[i - 1]!;
    for (let t = start, end = offsets[i]!; t < end; t++) {
      out[2 * t] = i - 1;
      out[2 * t + 1] = t - start;
    }
  }
  return out;
}

function lazy<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
