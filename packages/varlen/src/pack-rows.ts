import { fail } from "./error";
import { allocate, type Integers, toUint32, whole } from "./integers";
import { orderedSet } from "./ordered-set";

/** Documents laid into rows. Piece p of row r is entry `offsets[r] + p` of the flat arrays. */
export interface Rows {
  readonly budget: number;
  /** [R] the document ids of each row, views of `documents`. */
  readonly rows: readonly Uint32Array[];
  /** [R+1] first piece of each row, and P. */
  readonly offsets: Uint32Array;
  /** [P] the document of each piece. */
  readonly documents: Uint32Array;
  /** [P] the document's token that the piece starts at, 0 unless it was split. */
  readonly starts: Uint32Array;
  /** [P] tokens of the piece. */
  readonly lengths: Uint32Array;
  /** Tokens over R * budget; 1 without rows. */
  readonly fillRatio: number;
}

/**
 * Packs documents of the given lengths, [D], into rows of at most `budget` tokens: best-fit decreasing, each
 * document into the fullest row that still holds it, ties by id, O(D log D), at most 11/9 of the fewest rows + 4
 * (Johnson 1973). With `split` a document longer than the budget becomes full rows and a remainder that is packed
 * like a document (Ding et al. 2024, arXiv:2404.10830); without it such a document throws.
 */
export function packRows(lengths: Integers, options: { budget: number; split?: boolean }): Rows {
  const op = "packRows";
  const budget = whole(op, "budget", options.budget, 1);
  const pieces = piecesOf(op, toUint32(op, "lengths", lengths), budget, options.split ?? false);
  const { rowOf, count } = bestFit(pieces.lengths, pieces.order, budget);

  const offsets = new Uint32Array(count + 1);
  for (const row of rowOf) offsets[row + 1]!++;
  for (let row = 0; row < count; row++) offsets[row + 1]! += offsets[row]!;
  const next = offsets.slice();
  const documents = new Uint32Array(rowOf.length);
  const starts = new Uint32Array(rowOf.length);
  const sizes = new Uint32Array(rowOf.length);
  let tokens = 0;
  for (const piece of pieces.order) {
    const at = next[rowOf[piece]!]!++;
    documents[at] = pieces.documents[piece]!;
    starts[at] = pieces.starts[piece]!;
    sizes[at] = pieces.lengths[piece]!;
    tokens += sizes[at]!;
  }
  const rows = Array.from({ length: count }, (_, row) => documents.subarray(offsets[row], offsets[row + 1]));
  const fillRatio = count === 0 ? 1 : tokens / (count * budget);
  return Object.freeze<Rows>({ budget, rows, offsets, documents, starts, lengths: sizes, fillRatio });
}

function piecesOf(op: string, documentLengths: Uint32Array, budget: number, split: boolean) {
  let count = 0;
  for (let document = 0; document < documentLengths.length; document++) {
    const length = documentLengths[document]!;
    if (length > budget && !split) {
      const got = `${length} tokens in document ${document}`;
      throw fail(op, `documents must fit the budget of ${budget}`, got, "Raise the budget or set split.");
    }
    count += Math.max(1, Math.ceil(length / budget));
  }
  const documents = allocate(op, count);
  const starts = allocate(op, count);
  const lengths = allocate(op, count);
  let piece = 0;
  for (let document = 0; document < documentLengths.length; document++) {
    let start = 0;
    do {
      documents[piece] = document;
      starts[piece] = start;
      lengths[piece] = Math.min(documentLengths[document]! - start, budget);
      start += budget;
      piece++;
    } while (start < documentLengths[document]!);
  }
  // the sort is stable: ties stay in the order of ids
  const order = allocate(op, count)
    .map((_, i) => i)
    .sort((a, b) => lengths[b]! - lengths[a]!);
  return { documents, starts, lengths, order };
}

function bestFit(lengths: Uint32Array, order: Uint32Array, budget: number) {
  const rowOf = new Uint32Array(lengths.length);
  const room = orderedSet();
  const top = new Map<number, number>(); // room -> the row that got it last
  const below = new Int32Array(lengths.length); // row -> the row under it with the same room, -1 for none
  let count = 0;
  for (const piece of order) {
    const length = lengths[piece]!;
    const fit = room.ceiling(length);
    const row = fit === undefined ? count++ : top.get(fit)!;
    if (fit !== undefined) {
      if (below[row] === -1) {
        top.delete(fit);
        room.remove(fit);
      } else top.set(fit, below[row]!);
    }
    const rest = (fit ?? budget) - length;
    below[row] = top.get(rest) ?? -1;
    if (below[row] === -1) room.add(rest);
    top.set(rest, row);
    rowOf[piece] = row;
  }
  return { rowOf, count };
}
