import { fail } from "./error";
import { accumulate } from "./from";
import { allocate, countable, whole } from "./integers";
import type { Varlen } from "./varlen";

/** Where the padding of a row lies. */
export type Side = "left" | "right";

/** A padding mask, [B, S] flat: 1 or true where a token is. */
export type Mask = ArrayLike<number> | ArrayLike<bigint> | ArrayLike<boolean>;

export interface MaskOptions {
  /** [B, S] */
  readonly shape: readonly [number, number];
  /** The side every row is padded on; without it each row may be padded on either. */
  readonly side?: Side;
}

/** A batch from a padding mask, a row a sequence. Holes and padding on both sides throw. FLA: prepare_cu_seqlens_from_mask. */
export function fromMask(mask: Mask, options: MaskOptions): Varlen {
  return accumulate("fromMask", runs("fromMask", mask, options).lengths);
}

/** The padding mask of a batch, [N, width] of 0 and 1; `width` is the longest length unless given. */
export function toMask(varlen: Varlen, options: { side: Side; width?: number }): Uint8Array {
  const op = "toMask";
  const { lengths, sequences } = varlen;
  const width = widthOf(op, varlen, options.width);
  const starts = rowStarts(lengths, width, options.side);
  const mask = new Uint8Array(countable(op, sequences * width));
  for (let i = 0; i < sequences; i++) {
    const first = i * width + starts[i]!;
    for (let j = first, end = first + lengths[i]!; j < end; j++) mask[j] = 1;
  }
  return mask;
}

/** [N] the column of each sequence's first token in rows of `width`. */
export const rowStarts = (lengths: Uint32Array, width: number, side: Side): Uint32Array =>
  lengths.map((length) => (side === "left" ? width - length : 0));

/** The width of padded rows that holds every sequence. */
export function widthOf(op: string, varlen: Varlen, width = varlen.maxLength): number {
  if (whole(op, "width", width, 0) >= varlen.maxLength) return width;
  const longest = varlen.lengths.indexOf(varlen.maxLength);
  const got = `${width} for the ${varlen.maxLength} tokens of sequence ${longest}`;
  throw fail(op, "rows must hold the longest sequence", got, "Widen the rows or cut the sequence.");
}

/** The one run of tokens in each row: first column and length, [B] each. */
export function runs(op: string, mask: Mask, { shape, side }: MaskOptions) {
  const rows = whole(op, "shape[0]", shape[0], 0);
  const width = whole(op, "shape[1]", shape[1], 0);
  if (mask.length !== rows * width) {
    throw fail(
      op,
      `the mask must have ${rows} x ${width} elements`,
      mask.length,
      "Give it flat, row by row.",
    );
  }
  const starts = allocate(op, rows);
  const lengths = allocate(op, rows);
  for (let row = 0; row < rows; row++) {
    let first = 0;
    let length = 0;
    for (let column = 0; column < width; column++) {
      if (!bit(op, mask, row, column, width)) continue;
      if (length === 0) first = column;
      else if (first + length !== column) {
        const got = `none at column ${first + length} and one at column ${column} of row ${row}`;
        throw fail(op, "the tokens of a row must have no hole", got, "Remove the masked tokens first.");
      }
      length++;
    }
    starts[row] = first;
    lengths[row] = length;
    checkSide(op, { row, first, length, width, side });
  }
  return { starts, lengths };
}

function bit(op: string, mask: Mask, row: number, column: number, width: number): boolean {
  const value = mask[row * width + column];
  if (value === 1 || value === true || value === 1n) return true;
  if (value === 0 || value === false || value === 0n) return false;
  const got = `${String(value)} at row ${row}, column ${column}`;
  throw fail(op, "the mask must hold only 0 and 1", got, "Compare it with 0 first.");
}

type Run = { row: number; first: number; length: number; width: number; side: Side | undefined };

function checkSide(op: string, { row, first, length, width, side }: Run): void {
  const atLeft = first === 0;
  const atRight = first + length === width;
  if (length === 0 || (side === "left" ? atRight : side === "right" ? atLeft : atLeft || atRight)) return;
  const got = `tokens at columns ${first} to ${first + length - 1} of ${width} in row ${row}`;
  const rule = `rows must be padded on ${side ? `the ${side}` : "one side"} only`;
  throw fail(op, rule, got, side ? "Name the side the padding is on." : "Shift the row to an edge.");
}
