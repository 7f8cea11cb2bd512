import { type Kernels, roundUp } from "./kernels";
import { floats, type Memory } from "./memory";
import type { Verbs } from "./verbs";

/** Element (r, c) lies at r · row + c · column; one of the two is 1. */
export interface Matrix {
  readonly data: Float32Array;
  readonly row: number;
  readonly column: number;
}

/** Copies rows [from, to) of x, `width` long, into rows of a multiple of 4, filled up with zeros. */
export function packRows(into: Float32Array, x: Matrix, from: number, to: number, width: number): void {
  const padded = roundUp(width, 4);
  if (x.column === 1 && padded === width && x.row === width) {
    into.set(x.data.subarray(from * width, to * width));
  } else if (x.column === 1) {
    for (let r = from; r < to; r++) {
      const at = (r - from) * padded;
      into.set(x.data.subarray(r * x.row, r * x.row + width), at);
      into.fill(0, at + width, at + padded);
    }
  } else {
    for (let c = 0; c < width; c++)
      for (let r = from; r < to; r++) into[(r - from) * padded + c] = x.data[r + c * x.column]!;
    for (let r = from; r < to; r++) into.fill(0, (r - from) * padded + width, (r - from + 1) * padded);
  }
}

// floats of a and b that are multiplied at a time, so that both stay in the second-level cache
const tile = 2 ** 15;
// floats of a that are kept in scratch
const resident = 2 ** 22;

export const matmul = (memory: Memory, kernels: Kernels): Verbs<"matmul"> => ({
  matmul: ({ a, b, transposeA, transposeB, bias, dtype, M, N, K, shape }) =>
    memory.make(shape, dtype, (o) => {
      const left: Matrix = { data: floats(a), row: transposeA ? 1 : K, column: transposeA ? M : 1 };
      const right: Matrix = { data: floats(b), row: transposeB ? K : 1, column: transposeB ? 1 : N };
      const depth = roundUp(K, 4);
      const limit = (budget: number, of: number): number =>
        Math.min(Math.max(4, Math.floor(budget / Math.max(depth, 1) / 4) * 4), roundUp(of, 4));
      const [keep, rows, columns] = [limit(resident, M), limit(tile, M), limit(tile, N)];
      const kernel = kernels.matmul;
      const at = kernel.lay({ a: keep * depth, b: columns * depth, o: rows * columns });
      for (let kept = 0; kept < M; kept += keep) {
        const end = Math.min(kept + keep, M);
        packRows(at.a.data, left, kept, end, K);
        for (let n = 0; n < N; n += columns) {
          const width = Math.min(columns, N - n);
          packRows(at.b.data, right, n, n + width, K);
          for (let m = kept; m < end; m += rows) {
            const height = Math.min(rows, end - m);
            kernel.run.matmul(
              at.a.at + (m - kept) * depth * 4,
              depth * 4,
              at.b.at,
              depth * 4,
              at.o.at,
              columns * 4,
              height,
              roundUp(width, 4),
              depth,
            );
            for (let i = 0; i < height; i++)
              o.set(at.o.data.subarray(i * columns, i * columns + width), (m + i) * N + n);
          }
        }
      }
      if (bias) {
        const shift = floats(bias);
        for (let m = 0; m < M; m++) for (let n = 0; n < N; n++) o[m * N + n]! += shift[n]!;
      }
    }),
});
