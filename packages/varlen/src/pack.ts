import { fail } from "./error";
import { accumulate } from "./from";
import { allocate, whole } from "./integers";
import { allocateLike, bytesOf, copyOf, type TypedArray } from "./typed-array";
import type { Varlen } from "./varlen";

/** `features`: elements a token has, 1 for token ids, D for [T, D]. */
export interface PackOptions {
  readonly features?: number;
}

/**
 * Lays sequences, [n_i] or [n_i, features], back to back: a copy of the same element type, [T] or [T, features].
 * Throws VarlenError without any sequence (the type would be unknown), for mixed types, and for part of a token.
 */
export function pack<A extends TypedArray>(
  sequences: readonly A[],
  options: PackOptions = {},
): { tokens: A; varlen: Varlen } {
  const op = "pack";
  const features = whole(op, "features", options.features ?? 1, 1);
  const [first] = sequences;
  if (first === undefined) {
    throw fail(op, "at least one sequence must be given", 0, "An empty batch is fromLengths([]).");
  }
  const type = first[Symbol.toStringTag];
  const lengths = allocate(op, sequences.length);
  for (const [i, sequence] of sequences.entries()) {
    if (sequence[Symbol.toStringTag] !== type) {
      const got = `${sequence[Symbol.toStringTag]} at index ${i} after ${type}`;
      throw fail(op, "sequences must have one type", got, "Convert them first.");
    }
    if (sequence.length % features !== 0) {
      const got = `${sequence.length} at index ${i}`;
      throw fail(op, `elements must be a multiple of ${features} features`, got, "Give whole tokens.");
    }
    lengths[i] = sequence.length / features;
  }
  const varlen = accumulate(op, lengths);
  const tokens = allocateLike(op, first, varlen.totalTokens * features);
  const target = bytesOf(tokens);
  const tokenBytes = features * tokens.BYTES_PER_ELEMENT;
  for (const [i, sequence] of sequences.entries()) {
    target.set(bytesOf(sequence), varlen.cuSeqlens[i]! * tokenBytes);
  }
  return { tokens, varlen };
}

/** The sequences of a packed [T] or [T, features] array, each a copy, [n_i] or [n_i, features]. */
export function unpack<A extends TypedArray>(tokens: A, varlen: Varlen, options: PackOptions = {}): A[] {
  const op = "unpack";
  const features = whole(op, "features", options.features ?? 1, 1);
  checkPacked(op, tokens, varlen, features);
  const { cuSeqlens, sequences } = varlen;
  return Array.from({ length: sequences }, (_, i) =>
    copyOf(tokens, cuSeqlens[i]! * features, cuSeqlens[i + 1]! * features),
  );
}

/** Throws unless `x` holds [T, features]. */
export function checkPacked(
  op: string,
  x: { readonly length: number },
  varlen: Varlen,
  features: number,
): void {
  const elements = varlen.totalTokens * features;
  if (x.length === elements) return;
  const rule = `${varlen.totalTokens} tokens of ${features} features must have ${elements} elements`;
  throw fail(op, rule, x.length, "Give the array that belongs to this batch.");
}
