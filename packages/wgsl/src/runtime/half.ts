import { Float16Array as Emulated } from "@petamoriken/float16";

type Halves = new (
  data: ArrayLike<number> | ArrayBuffer,
) => ArrayLike<number> & { readonly buffer: ArrayBufferLike };

const Float16Array =
  (globalThis as { Float16Array?: Halves }).Float16Array ?? (Emulated as unknown as Halves);

let table: Float32Array | undefined;

/** The value of each of the 65,536 bit patterns. */
const values = (): Float32Array =>
  (table ??= Float32Array.from(new Float16Array(Uint16Array.from({ length: 65536 }, (_, i) => i).buffer)));

/** Bits of the nearest f16, ties to even. */
export const toHalf = (data: ArrayLike<number>): Uint16Array =>
  new Uint16Array(new Float16Array(data).buffer);

/** What the bits of f16 are worth. */
export function fromHalf(bits: Uint16Array): Float32Array {
  const value = values();
  const out = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = value[bits[i]!]!;
  return out;
}
