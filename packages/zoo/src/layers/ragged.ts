import type { Ops, Tensor } from "@webfla/ops";
import { fromLengths, type Varlen } from "@webfla/varlen";

/** Rows to pick, in order, and how many each sequence gets. */
export interface RowChoice {
  readonly index: Int32Array;
  readonly rows: Varlen;
}

/** For rows [old of all sequences, then new of all]: the old ones of each sequence followed by its new ones. */
export function appendRows(old: Varlen, added: Varlen): RowChoice {
  const rows = fromLengths(old.lengths.map((n, i) => n + added.lengths[i]!));
  const { seqIdx, positionIds, totalTokens } = rows;
  const index = Int32Array.from({ length: totalTokens }, (_, t) => {
    const n = seqIdx[t]!;
    const p = positionIds[t]!;
    const kept = old.lengths[n]!;
    return p < kept ? old.cuSeqlens[n]! + p : old.totalTokens + added.cuSeqlens[n]! + p - kept;
  });
  return { index, rows };
}

/** The last `count` rows of each sequence. */
export function lastRows(all: Varlen, count: number): RowChoice {
  const rows = fromLengths(all.lengths.map((n) => Math.min(n, count)));
  const { seqIdx, positionIds, totalTokens } = rows;
  const index = Int32Array.from({ length: totalTokens }, (_, t) => {
    const n = seqIdx[t]!;
    return all.cuSeqlens[n + 1]! - rows.lengths[n]! + positionIds[t]!;
  });
  return { index, rows };
}

/** All rows of the chosen sequences, in the order of choice. */
export function rowsOfSequences(all: Varlen, sequences: readonly number[]): RowChoice {
  const rows = fromLengths(Uint32Array.from(sequences, (n) => all.lengths[n]!));
  const { seqIdx, positionIds, totalTokens } = rows;
  const index = Int32Array.from(
    { length: totalTokens },
    (_, t) => all.cuSeqlens[sequences[seqIdx[t]!]!]! + positionIds[t]!,
  );
  return { index, rows };
}

/** x[index], along the first axis. */
export const pick = <T extends Tensor>(ops: Ops<T>, x: T, { index }: RowChoice): T =>
  ops.gather({ x, index: ops.tensor(index, [index.length]) });
