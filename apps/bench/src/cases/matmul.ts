import type { Work } from "./case";
import { signed } from "./draw";

/** A product of two square matrices, stored as the case's type and added up into f32. */
export const matmulOf = (n: number): Work => ({
  inputs: { a: signed([n, n]), b: signed([n, n]) },
  run: (ops, { a, b }) => [ops.matmul({ a: a!, b: b!, dtype: "f32" })],
  flops: 2 * n ** 3,
  stageFlops: { "dense/matmul": 2 * n ** 3 },
});
