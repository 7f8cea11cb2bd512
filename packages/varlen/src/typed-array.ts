import { countable } from "./integers";

/** Any typed array, 16-bit floats and Node's Buffer included. */
export interface TypedArray {
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly length: number;
  readonly BYTES_PER_ELEMENT: number;
  readonly [Symbol.toStringTag]: string;
}

/** A zeroed array of the element type of `like`. */
export function allocateLike<A extends TypedArray>(op: string, like: A, elements: number): A {
  // by its tag and not its constructor: a Buffer's constructor may hand out memory that was not zeroed
  const types = globalThis as unknown as Record<string, new (n: number) => A>;
  return new types[like[Symbol.toStringTag]]!(countable(op, elements));
}

/** The same memory as bytes, so that one copy serves every element type. */
export const bytesOf = (x: TypedArray): Uint8Array => new Uint8Array(x.buffer, x.byteOffset, x.byteLength);

/** A copy of elements [start, end). */
export const copyOf = <A extends TypedArray>(x: A, start: number, end: number): A => copy.call(x, start, end);

// the method of all typed arrays: a Buffer's own slice is a view
const copy: (this: unknown, start: number, end: number) => never = Object.getPrototypeOf(
  Uint8Array.prototype,
).slice;
