import { fail } from "./error";

/** The largest offset, and the largest element count, that a u32 can hold. */
export const MAX_U32 = 4_294_967_295;

/** Whole numbers in any array of them: plain, typed or 64-bit. Arrays of floats are refused, whatever they hold. */
export type Integers = ArrayLike<number> | ArrayLike<bigint>;

/** Returns `elements` if a u32 can count them. */
export function countable(op: string, elements: number): number {
  if (elements <= MAX_U32) return elements;
  throw fail(op, `an array must have at most ${MAX_U32} elements`, elements, "Split the batch.");
}

/** A zeroed u32 array. */
export const allocate = (op: string, elements: number) => new Uint32Array(countable(op, elements));

/** Copies `values` into a u32 array, checking each. */
export function toUint32(op: string, name: string, values: Integers): Uint32Array {
  const type = Object.prototype.toString.call(values).slice("[object ".length, -1);
  if (/^Float\d+Array$/.test(type))
    throw fail(op, `${name} must be an array of integers`, `a ${type}`, "Convert it by Uint32Array.from.");
  const out = allocate(op, values.length);
  for (let i = 0; i < out.length; i++) {
    const value = values[i];
    const number = typeof value === "bigint" ? Number(value) : value;
    if (!isU32(number)) {
      const rule = `${name} must be whole numbers from 0 to ${MAX_U32}`;
      throw fail(op, rule, `${String(value)} at index ${i}`, "Check where they were computed.");
    }
    out[i] = number;
  }
  return out;
}

/** Returns `value` if it is a whole number from `least` to 2^32 - 1. */
export function whole(op: string, name: string, value: number, least: 0 | 1): number {
  if (isU32(value) && value >= least) return value;
  throw fail(
    op,
    `${name} must be a whole number from ${least} to ${MAX_U32}`,
    value,
    `Give a count of at least ${least}.`,
  );
}

const isU32 = (x: number | undefined): x is number => Number.isInteger(x) && x! >= 0 && x! <= MAX_U32;
