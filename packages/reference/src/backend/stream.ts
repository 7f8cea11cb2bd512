import { block } from "./kernels";
import type { CpuTensor } from "./memory";

/**
 * Where a head finds its numbers: element i of row r lies at offset + r · row + i · step.
 * A row of 0 is the same for every token, a step of 0 the same for every channel.
 */
export interface Stream<A = Float32Array> {
  readonly data: A;
  readonly offset: number;
  readonly row: number;
  readonly step: number;
}

const always = (value: number): Stream => ({ data: Float32Array.of(value), offset: 0, row: 0, step: 0 });

export const zeros = always(0);
export const ones = always(1);

/** Rows of value head hv, laid out as those of x [rows, heads, width]; neighbouring value heads share fewer heads. */
export function headRows<A>({ shape }: CpuTensor, hv: number, HV: number, data: A): Stream<A> {
  const [, heads, width] = shape as [number, number, number];
  return { data, offset: Math.floor(hv / (HV / heads)) * width, row: heads * width, step: 1 };
}

/** One number a row of value head hv in x [rows, HV]. */
export const headScalars = <A>(data: A, hv: number, HV: number): Stream<A> => ({
  data,
  offset: hv,
  row: HV,
  step: 0,
});

/** One number for all rows of value head hv in x [HV]. */
export const headConstant = <A>(data: A, hv: number): Stream<A> => ({
  data,
  offset: hv,
  row: 0,
  step: 0,
});

/** Copies elements [0, count) of a row to every `stride`-th place from `at`. */
export function spread(
  to: Float32Array,
  at: number,
  stride: number,
  from: Stream,
  row: number,
  count: number,
): void {
  const { data, offset, step } = from;
  let source = offset + row * from.row;
  for (let i = 0; i < count; i++, source += step, at += stride) to[at] = data[source]!;
}

/** Multiplies elements that `spread` put down by those of another row. */
export function multiply(
  to: Float32Array,
  at: number,
  stride: number,
  by: Stream,
  row: number,
  count: number,
): void {
  const { data, offset, step } = by;
  let source = offset + row * by.row;
  for (let i = 0; i < count; i++, source += step, at += stride) to[at]! *= data[source]!;
}

/** Element i of a row. */
export const valueAt = ({ data, offset, row, step }: Stream, r: number, i = 0): number =>
  data[offset + r * row + i * step]!;

/** Copies a row times `factor` into pass `pass` of blocks of columns, [blocks, passes, 8], filled up with zeros. */
export function spreadColumns(
  to: Float32Array,
  pass: number,
  passes: number,
  from: Stream,
  row: number,
  columns: number,
  factor: number,
): void {
  const { data, offset, step } = from;
  let source = offset + row * from.row;
  for (let c = 0; c < columns; c += block) {
    const at = c * passes + pass * block;
    for (let i = 0; i < block; i++, source += step) to[at + i] = c + i < columns ? factor * data[source]! : 0;
  }
}
