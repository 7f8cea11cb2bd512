import { type BinaryKind, binaryKinds, type UnaryKind, unaryKinds } from "@webfla/ops";
import fc from "fast-check";
import { expect, test } from "vitest";
import { cpu, noise, random, relativeError } from "./shared";

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const unary: Record<UnaryKind, (x: number) => number> = {
  neg: (x) => -x,
  exp: (x) => Math.exp(x),
  log: (x) => Math.log(x),
  sqrt: (x) => Math.sqrt(x),
  rsqrt: (x) => x ** -0.5,
  reciprocal: (x) => x ** -1,
  square: (x) => x ** 2,
  abs: (x) => (x < 0 ? -x : x),
  sigmoid,
  logSigmoid: (x) => Math.log(sigmoid(x)),
  softplus: (x) => Math.log(1 + Math.exp(x)),
  silu: (x) => x * sigmoid(x),
  relu: (x) => Math.max(x, 0),
  squaredRelu: (x) => (x > 0 ? x * x : 0),
  gelu: (x) => x * normal(x),
  tanh: (x) => (Math.exp(2 * x) - 1) / (Math.exp(2 * x) + 1),
  elu: (x) => (x > 0 ? x : Math.exp(x) - 1),
  step: (x) => (x > 0 ? 1 : 0),
};

/** The normal distribution function, by Simpson's rule from 0. */
function normal(x: number): number {
  const [count, h] = [2000, x / 2000];
  let sum = 0;
  for (let i = 0; i <= count; i++)
    sum += Math.exp(-((i * h) ** 2) / 2) * (i === 0 || i === count ? 1 : i % 2 ? 4 : 2);
  return 0.5 + (sum * h) / 3 / Math.sqrt(2 * Math.PI);
}

test.each(unaryKinds)("unary %s", (kind) => {
  const positive = ["log", "sqrt", "rsqrt"].includes(kind);
  const x = noise(random(1), [500], positive ? 0.01 : -8, 8);
  const o = cpu.unary({ kind, x });
  expect(relativeError(o.data, [...x.data].map(unary[kind]))).toBeLessThan(3e-7);
});

test("unary functions keep their ends", () => {
  const x = cpu.tensor(Float32Array.of(-1e4, -100, 0, 100, 1e4), [5]);
  const ends = (kind: UnaryKind) => [...cpu.unary({ kind, x }).data];
  expect(ends("sigmoid").map((y) => (y < 1e-40 ? 0 : y))).toEqual([0, 0, 0.5, 1, 1]);
  expect(ends("softplus").map((y) => (y < 1e-40 ? 0 : y))).toEqual([0, 0, Math.fround(Math.LN2), 100, 1e4]);
  expect(ends("logSigmoid")).toEqual([
    -1e4,
    -100,
    -Math.fround(Math.LN2),
    expect.closeTo(0),
    expect.closeTo(0),
  ]);
  expect(ends("tanh")).toEqual([-1, -1, 0, 1, 1]);
  expect(ends("elu")).toEqual([-1, -1, 0, 100, 1e4]);
  expect(ends("gelu")).toEqual([-0, -0, 0, 100, 1e4]);
  expect(ends("exp")).toEqual([0, expect.closeTo(0), 1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
  expect(ends("silu")).toEqual([-0, expect.closeTo(0), 0, 100, 1e4]);
});

test("unary functions pass NaN on", () => {
  const x = cpu.full(Number.NaN, [3]);
  for (const kind of unaryKinds)
    if (kind !== "step" && kind !== "relu" && kind !== "squaredRelu")
      expect([kind, ...cpu.unary({ kind, x }).data]).toEqual([kind, Number.NaN, Number.NaN, Number.NaN]);
});

const binary: Record<BinaryKind, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  min: (a, b) => Math.min(a, b),
  max: (a, b) => Math.max(a, b),
  siluMul: (a, b) => a * sigmoid(a) * b,
  sigmoidMul: (a, b) => sigmoid(a) * b,
};

test.each(binaryKinds)("binary %s broadcasts as NumPy does", (kind) => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.constantFrom("both", "a", "b")), { maxLength: 4 }),
      fc.integer({ min: 0, max: 4 }),
      fc.integer(),
      (axes, dropped, seed) => {
        const rand = random(seed);
        const of = (side: "a" | "b") =>
          axes.map(([size, who]) => (who === "both" || who === side ? size : 1));
        const [a, b] = [noise(rand, of("a")), noise(rand, trimmed(of("b"), dropped), 1, 2)];
        const o = cpu.binary({ kind, a, b });
        const pad = (s: readonly number[]) => [...Array(axes.length - s.length).fill(1), ...s] as number[];
        const want: number[] = [];
        const visit = (axis: number, ia: number, ib: number): void => {
          if (axis === axes.length) {
            want.push(binary[kind](a.data[ia]!, b.data[ib]!));
            return;
          }
          const [da, db] = [pad(a.shape)[axis]!, pad(b.shape)[axis]!];
          const size = da === 1 ? db : da;
          for (let i = 0; i < size; i++)
            visit(axis + 1, ia * da + (da === 1 ? 0 : i), ib * db + (db === 1 ? 0 : i));
        };
        visit(0, 0, 0);
        expect(o.data.length).toBe(want.length);
        expect(relativeError(o.data, want)).toBeLessThan(3e-7);
      },
    ),
    { numRuns: 60 },
  );
});

/** A shape without leading axes of 1, as many as are wanted and there are. */
function trimmed(shape: readonly number[], wanted: number): number[] {
  let start = 0;
  while (start < wanted && shape[start] === 1) start++;
  return shape.slice(start);
}

test("affine and cast", () => {
  const x = cpu.tensor(Float32Array.of(1, -2, 0.1), [3]);
  expect([...cpu.affine({ x, scale: 2, shift: 1 }).data]).toEqual([3, -3, 1.2].map(Math.fround));
  const half = cpu.cast({ x: cpu.tensor(Float32Array.of(0.1, 65519, 65520, 1e-8), [4]), dtype: "f16" });
  expect([...half.data]).toEqual([0.0999755859375, 65504, Number.POSITIVE_INFINITY, 0]);
  expect(cpu.cast({ x: half, dtype: "f32" }).dtype).toBe("f32");
  expect([...cpu.cast({ x, dtype: "i32" }).data]).toEqual([1, -2, 0]);
});

test("results are f16 only if both operands are, and then rounded", () => {
  const third = cpu.full(1 / 3, [1]);
  const half = cpu.cast({ x: third, dtype: "f16" });
  expect(cpu.binary({ kind: "add", a: third, b: half }).dtype).toBe("f32");
  const sum = cpu.binary({ kind: "div", a: half, b: cpu.cast({ x: cpu.full(3, [1]), dtype: "f16" }) });
  expect([sum.dtype, sum.data[0]]).toEqual(["f16", 0.111083984375]);
});
