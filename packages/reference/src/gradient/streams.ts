import type { Stream } from "../backend/stream";

/** Copies the numbers of a row; fewer than the stream has for it where `to` is shorter. */
export function take(to: Float64Array, { data, offset, row, step }: Stream, r: number): void {
  for (let i = 0, at = offset + r * row; i < to.length; i++, at += step) to[i] = data[at]!;
}

/** The adjoint of take: what was read in several places gets the sum. */
export function give({ data, offset, row, step }: Stream<Float64Array>, r: number, from: Float64Array): void {
  for (let i = 0, at = offset + r * row; i < from.length; i++, at += step) data[at]! += from[i]!;
}

/** The adjoint of taking one number. */
export function giveOne({ data, offset, row }: Stream<Float64Array>, r: number, value: number): void {
  data[offset + r * row]! += value;
}

/** Where the gradients of what is absent go. */
export const sink = (): Stream<Float64Array> => ({ data: new Float64Array(1), offset: 0, row: 0, step: 0 });
