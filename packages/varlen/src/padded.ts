import { fail } from "./error";
import { accumulate } from "./from";
import { whole } from "./integers";
import { type Mask, rowStarts, runs, type Side, widthOf } from "./mask";
import { checkPacked } from "./pack";
import { allocateLike, bytesOf, type TypedArray } from "./typed-array";
import type { Varlen } from "./varlen";

/** Which elements of padded rows are tokens: a batch and a side, which win where both are given, or a mask. */
export type Padding =
  | { readonly varlen: Varlen; readonly side: Side; readonly mask?: Mask }
  | { readonly mask: Mask; readonly side?: Side; readonly varlen?: never };

export type PackPadded<A> = Padding & {
  /** [B, S, features] flat */
  readonly x: A;
  /** [B, S] */
  readonly shape: readonly [number, number];
  /** 1 unless given */
  readonly features?: number;
};

/**
 * Drops the padding of [B, S, features]: [T, features], a copy of the same type, and its batch.
 * FLA: pack_sequence, unpad_hidden_states.
 */
export function packPadded<A extends TypedArray>(args: PackPadded<A>): { x: A; varlen: Varlen } {
  const op = "packPadded";
  const { x, shape } = args;
  const [rows, width] = shape;
  const features = whole(op, "features", args.features ?? 1, 1);
  const { varlen, starts } = args.varlen ? placed(op, args, shape) : masked(op, args, shape);
  if (x.length !== rows * width * features) {
    const rule = `x must have ${rows} x ${width} x ${features} elements`;
    throw fail(op, rule, x.length, "Check shape and features.");
  }
  const packed = allocateLike(op, x, varlen.totalTokens * features);
  const source = bytesOf(x);
  const target = bytesOf(packed);
  const tokenBytes = features * x.BYTES_PER_ELEMENT;
  for (let i = 0; i < rows; i++) {
    const from = (i * width + starts[i]!) * tokenBytes;
    const to = varlen.cuSeqlens[i]! * tokenBytes;
    target.set(source.subarray(from, from + varlen.lengths[i]! * tokenBytes), to);
  }
  return { x: packed, varlen };
}

export interface UnpackPadded<A> {
  /** [T, features] flat */
  readonly x: A;
  readonly varlen: Varlen;
  readonly side: Side;
  /** S, the longest length unless given */
  readonly width?: number;
  /** 1 unless given */
  readonly features?: number;
  /** What padding holds: 0 unless given, a bigint for 64-bit integer arrays. */
  readonly fill?: number | bigint;
}

/**
 * Puts the padding back: [N, width, features], a copy of the same type, and its [N, width].
 * FLA: unpack_sequence, repad_hidden_states.
 */
export function unpackPadded<A extends TypedArray>(args: UnpackPadded<A>): { x: A; shape: [number, number] } {
  const op = "unpackPadded";
  const { x, varlen, side, fill } = args;
  const features = whole(op, "features", args.features ?? 1, 1);
  const width = widthOf(op, varlen, args.width);
  checkPacked(op, x, varlen, features);
  const padded = allocateLike(op, x, varlen.sequences * width * features);
  if (fill !== undefined) (padded as unknown as { fill(value: number | bigint): void }).fill(fill);
  const starts = rowStarts(varlen.lengths, width, side);
  const source = bytesOf(x);
  const target = bytesOf(padded);
  const tokenBytes = features * x.BYTES_PER_ELEMENT;
  for (let i = 0; i < varlen.sequences; i++) {
    const from = varlen.cuSeqlens[i]! * tokenBytes;
    const to = (i * width + starts[i]!) * tokenBytes;
    target.set(source.subarray(from, from + varlen.lengths[i]! * tokenBytes), to);
  }
  return { x: padded, shape: [varlen.sequences, width] };
}

type Shape = readonly [number, number];

function placed(op: string, { varlen, side }: { varlen: Varlen; side: Side }, [rows, width]: Shape) {
  if (rows !== varlen.sequences) {
    throw fail(
      op,
      `shape[0] must be the ${varlen.sequences} sequences`,
      rows,
      "Give a row for each sequence.",
    );
  }
  return { varlen, starts: rowStarts(varlen.lengths, widthOf(op, varlen, width), side) };
}

function masked(op: string, { mask, side }: { mask: Mask; side?: Side }, shape: Shape) {
  const { starts, lengths } = runs(op, mask, side ? { shape, side } : { shape });
  return { varlen: accumulate(op, lengths), starts };
}
