import { getFloat16 } from "@petamoriken/float16";
import type { HostArray } from "@webfla/ops";

interface Codec {
  /** Into as many values as the bytes hold. */
  readonly decode: (raw: Uint8Array, values: HostArray) => void;
  readonly encode: (values: HostArray) => Uint8Array;
}

/** Element sizes of the format's types, the widest first: the order in which files lay tensors out. */
export const dtypeBytes = {
  U64: 8,
  I64: 8,
  F64: 8,
  F32: 4,
  U32: 4,
  I32: 4,
  BF16: 2,
  F16: 2,
  U16: 2,
  I16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

/** Types of the safetensors format. */
export type FileDType = keyof typeof dtypeBytes;

/** Types whose values can be read and written. */
export type CodedDType = "F32" | "F16" | "BF16" | "I32" | "I64" | "U8";

export const isFileDType = (x: unknown): x is FileDType =>
  typeof x === "string" && Object.hasOwn(dtypeBytes, x);

/** The same bytes, where a view of `size`-byte elements may start. */
const aligned = (raw: Uint8Array, size: number): Uint8Array =>
  raw.byteOffset % size === 0 ? raw : raw.slice();

const view = <A>(
  Type: new (buffer: ArrayBufferLike, offset: number, length: number) => A,
  raw: Uint8Array,
  size: number,
): A => {
  const { buffer, byteOffset, byteLength } = aligned(raw, size);
  return new Type(buffer, byteOffset, byteLength / size);
};

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

let halves: Float32Array | undefined;
/** The value of every f16 bit pattern. */
function halfTable(): Float32Array {
  if (halves) return halves;
  const cell = new DataView(new ArrayBuffer(2));
  halves = Float32Array.from({ length: 65_536 }, (_, bits) => {
    cell.setUint16(0, bits);
    return getFloat16(cell, 0);
  });
  return halves;
}

function decodeF16(raw: Uint8Array, values: HostArray): void {
  const table = halfTable();
  const bits = view(Uint16Array, raw, 2);
  for (let i = 0; i < bits.length; i++) values[i] = table[bits[i]!]!;
}

function encodeF16(values: HostArray): Uint8Array {
  const x = Float32Array.from(values);
  return bytesOf(Uint16Array.from(new Uint32Array(x.buffer), (word, i) => halfBits(word, Math.abs(x[i]!))));
}

/** The f16 nearest to an f32 of these bits and this size, to even where two are. */
function halfBits(word: number, size: number): number {
  const sign = (word >>> 16) & 0x8000;
  if (Number.isNaN(size)) return sign | 0x7e00;
  if (size >= 65_520) return sign | 0x7c00;
  // from a half to one, an f32 counts in steps of 2⁻²⁴, as a subnormal f16 does
  if (size < 2 ** -14) return sign | ((Math.fround(size + 0.5) - 0.5) * 2 ** 24);
  const rebiased = (word & 0x7fff_ffff) - 0x3800_0000;
  return sign | ((rebiased + 0xfff + ((rebiased >>> 13) & 1)) >>> 13);
}

function decodeBF16(raw: Uint8Array, { buffer, byteOffset, length }: HostArray): void {
  const bits = view(Uint16Array, raw, 2);
  const words = new Uint32Array(buffer, byteOffset, length);
  for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16;
}

function encodeBF16(values: HostArray): Uint8Array {
  const words = new Uint32Array(Float32Array.from(values).buffer);
  return bytesOf(
    Uint16Array.from(words, (w, i) => {
      // rounding could carry a NaN's mantissa into infinity
      if (Number.isNaN(values[i])) return (w >>> 16) | 0x40;
      return (w + 0x7fff + ((w >>> 16) & 1)) >>> 16;
    }),
  );
}

function decodeI64(raw: Uint8Array, values: HostArray): void {
  for (const [i, x] of view(BigInt64Array, raw, 8).entries()) {
    if (BigInt.asIntN(32, x) !== x) throw new RangeError(`${x} at element ${i}`);
    values[i] = Number(x);
  }
}

/** How values of a type lie in a file, little-endian. Decoding I64 throws RangeError beyond 32 bits. */
export const codecs: Readonly<Record<CodedDType, Codec>> = {
  F32: {
    decode: (raw, values) => values.set(view(Float32Array, raw, 4)),
    encode: (x) => bytesOf(Float32Array.from(x)),
  },
  F16: { decode: decodeF16, encode: encodeF16 },
  BF16: { decode: decodeBF16, encode: encodeBF16 },
  I32: {
    decode: (raw, values) => values.set(view(Int32Array, raw, 4)),
    encode: (x) => bytesOf(Int32Array.from(x)),
  },
  I64: {
    decode: decodeI64,
    encode: (values) => {
      const wide = new BigInt64Array(values.length);
      for (const [i, x] of values.entries()) wide[i] = BigInt(x);
      return bytesOf(wide);
    },
  },
  U8: { decode: (raw, values) => values.set(raw), encode: (x) => Uint8Array.from(x) },
};

export const isCoded = (dtype: FileDType): dtype is CodedDType => Object.hasOwn(codecs, dtype);

/** Zeros to decode a type into. */
export const hostArray = (dtype: CodedDType, length: number): HostArray =>
  dtype === "F32" || dtype === "F16" || dtype === "BF16" ? new Float32Array(length) : new Int32Array(length);
