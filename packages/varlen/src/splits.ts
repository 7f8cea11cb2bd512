import type { Varlen } from "./varlen";

/** The sequences cut every `size` tokens, as a list of P shorter ones; an empty sequence has no piece. */
export interface Splits {
  readonly size: number;
  /** [P+1] first token of each piece, and T. FLA: prepare_split_cu_seqlens. */
  readonly cuSeqlens: Uint32Array;
  /** [P] the sequence of each piece. */
  readonly sequence: Uint32Array;
  /** Pieces of the longest sequence, 0 without tokens. FLA: get_max_num_splits. */
  readonly maxPerSequence: number;
}

/** Cuts every sequence each `size` tokens. Throws VarlenError unless `size` is a whole number from 1. */
export function splits(varlen: Varlen, size: number): Splits {
  const { indices, count } = varlen.chunks(size);
  const cuSeqlens = new Uint32Array(count + 1);
  const sequence = new Uint32Array(count);
  for (let piece = 0; piece < count; piece++) {
    sequence[piece] = indices[2 * piece]!;
    cuSeqlens[piece] = varlen.cuSeqlens[sequence[piece]!]! + indices[2 * piece + 1]! * size;
  }
  cuSeqlens[count] = varlen.totalTokens;
  return Object.freeze<Splits>({
    size,
    cuSeqlens,
    sequence,
    maxPerSequence: Math.ceil(varlen.maxLength / size),
  });
}
