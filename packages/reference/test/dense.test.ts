import fc from "fast-check";
import { expect, test } from "vitest";
import { crossEntropy } from "../src/oracle/cross-entropy";
import { cpu, f64, noise, random, relativeError } from "./shared";

const transposes = [
  { transposeA: false, transposeB: false },
  { transposeA: false, transposeB: true },
  { transposeA: true, transposeB: false },
  { transposeA: true, transposeB: true },
];

function product(M: number, N: number, K: number, transposeA: boolean, transposeB: boolean, seed: number) {
  const rand = random(seed);
  const a = noise(rand, transposeA ? [K, M] : [M, K]);
  const b = noise(rand, transposeB ? [N, K] : [K, N]);
  const bias = noise(rand, [N]);
  const [want, sizes] = [new Float64Array(M * N), new Float64Array(M * N)];
  for (let m = 0; m < M; m++)
    for (let n = 0; n < N; n++) {
      const terms = [bias.data[n]!];
      for (let k = 0; k < K; k++)
        terms.push(a.data[transposeA ? k * M + m : m * K + k]! * b.data[transposeB ? n * K + k : k * N + n]!);
      for (const term of terms) {
        want[m * N + n]! += term;
        sizes[m * N + n]! += Math.abs(term);
      }
    }
  return { args: { a, b, bias, transposeA, transposeB }, want, sizes };
}

test.each(transposes)("matmul %o, larger than its tiles", ({ transposeA, transposeB }) => {
  const { args, want, sizes } = product(301, 267, 139, transposeA, transposeB, 1);
  expect(relativeError(cpu.matmul(args).data, want, sizes)).toBeLessThan(2e-7);
});

test("matmul of random shapes, empty ones too", () => {
  const size = fc.integer({ min: 0, max: 20 });
  fc.assert(
    fc.property(size, size, size, fc.boolean(), fc.boolean(), fc.integer(), (M, N, K, ta, tb, seed) => {
      const { args, want, sizes } = product(M, N, K, ta, tb, seed);
      expect(relativeError(cpu.matmul(args).data, want, sizes)).toBeLessThan(2e-7);
    }),
    { numRuns: 200 },
  );
});

test("a row of a product has the same bits wherever it lies", () => {
  const { args } = product(257, 130, 1000, false, true, 2);
  const whole = cpu.matmul(args);
  for (const [start, end] of [
    [0, 1],
    [1, 2],
    [100, 103],
    [255, 257],
  ] as const) {
    const part = cpu.matmul({ ...args, a: cpu.slice({ x: args.a, axis: 0, start, end }) });
    expect(part.data).toEqual(cpu.slice({ x: whole, axis: 0, start, end }).data);
  }
});

test("matmul folds leading axes and takes the dtype asked for", () => {
  const rand = random(3);
  const o = cpu.matmul({ a: noise(rand, [2, 3, 4]), b: noise(rand, [4, 5]), dtype: "f16" });
  expect([o.shape, o.dtype]).toEqual([[2, 3, 5], "f16"]);
});

test("gather reads zeros outside, scatterAdd is its adjoint", () => {
  const x = cpu.tensor(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]);
  const index = cpu.tensor(Int32Array.of(2, 0, 2, -1, 3), [5]);
  expect([...cpu.gather({ x, index }).data]).toEqual([5, 6, 1, 2, 5, 6, 0, 0, 0, 0]);
  const rows = cpu.tensor(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), [5, 2]);
  expect([...cpu.scatterAdd({ rows, index, count: 3 }).data]).toEqual([3, 4, 0, 0, 6, 8]);
  const ids = cpu.tensor(Int32Array.of(7, 8, 9), [3]);
  expect(cpu.gather({ x: ids, index }).data).toEqual(Int32Array.of(9, 7, 9, 0, 0));
});

test("slice and concat are inverse along every axis", () => {
  const x = noise(random(4), [3, 4, 5]);
  for (const axis of [0, 1, 2]) {
    const [a, b] = [
      cpu.slice({ x, axis, start: 0, end: 2 }),
      cpu.slice({ x, axis, start: 2, end: x.shape[axis]! }),
    ];
    const empty = cpu.slice({ x, axis, start: 1, end: 1 });
    const joined = cpu.concat({ xs: [a, empty, b], axis });
    expect([joined.shape, joined.data]).toEqual([x.shape, x.data]);
  }
  expect(cpu.slice({ x, axis: 1, start: 1, end: 2 }).data[5]).toBe(x.data[25]);
});

test("transpose swaps the last two axes", () => {
  const x = cpu.tensor(Int32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), [2, 3, 2]);
  const o = cpu.transpose({ x });
  expect([o.shape, [...o.data]]).toEqual([
    [2, 2, 3],
    [1, 3, 5, 2, 4, 6, 7, 9, 11, 8, 10, 12],
  ]);
});

test.each([0, 1, 2])("reduce along axis %i", (axis) => {
  const x = noise(random(5), [3, 4, 5]);
  const strides = [20, 5, 1];
  const rest = [0, 1, 2].filter((a) => a !== axis);
  const columns: number[][] = [];
  for (let i = 0; i < x.shape[rest[0]!]!; i++)
    for (let j = 0; j < x.shape[rest[1]!]!; j++)
      columns.push(
        Array.from(
          { length: x.shape[axis]! },
          (_, s) => x.data[i * strides[rest[0]!]! + j * strides[rest[1]!]! + s * strides[axis]!]!,
        ),
      );
  const sum = cpu.reduce({ kind: "sum", x, axis });
  expect(
    relativeError(
      sum.data,
      columns.map((c) => c.reduce((a, b) => a + b)),
    ),
  ).toBeLessThan(1e-6);
  expect([...cpu.reduce({ kind: "max", x, axis }).data]).toEqual(columns.map((c) => Math.max(...c)));
});

test("softmax and argmax work by row, and survive large numbers", () => {
  const x = cpu.tensor(Float32Array.of(1000, 1001, 1001, -5, -1e30, -6), [2, 3]);
  const e = Math.E;
  const want = [1 / (1 + 2 * e), e / (1 + 2 * e), e / (1 + 2 * e), e / (e + 1), 0, 1 / (e + 1)];
  expect(relativeError(cpu.softmax({ x }).data, want)).toBeLessThan(1e-6);
  expect(cpu.argmax({ x }).data).toEqual(Int32Array.of(1, 0));
});

test.each([
  [0, 0],
  [0.1, 0],
  [0, 0.02],
])("crossEntropy, label smoothing %d, zLoss %d", (labelSmoothing, zLoss) => {
  const rand = random(6);
  const C = 11;
  const logits = noise(rand, [4, C], -20, 20);
  const targets = cpu.tensor(Int32Array.of(3, -100, 10, 0), [4]);
  const o = cpu.crossEntropy({ logits, targets, labelSmoothing, zLoss });
  const settings = { labelSmoothing, zLoss, sizes: { V: C } };
  const want = crossEntropy({ logits: f64(logits), target: targets.data, ...settings });
  expect(relativeError(o.data, want.o)).toBeLessThan(1e-6);
  expect(o.data[1]).toBe(0);
});

test.each(["taylor", "square"] as const)("products of %s features are polynomials of q·k", (kind) => {
  const rand = random(7);
  const [D, scale] = [6, 0.3];
  const [q, k] = [noise(rand, [4, 1, D]), noise(rand, [4, 1, D])];
  const [a, b] = [q, k].map((x) => cpu.featureMap({ kind, x, scale })) as [typeof q, typeof q];
  const features = a.shape[2]!;
  const dot = (x: typeof q, y: typeof q, t: number, width: number) =>
    Array.from({ length: width }, (_, i) => x.data[t * width + i]! * y.data[t * width + i]!).reduce(
      (sum, p) => sum + p,
    );
  for (let t = 0; t < 4; t++) {
    const y = scale * dot(q, k, t, D);
    expect(dot(a, b, t, features)).toBeCloseTo(kind === "taylor" ? 1 + y + (y * y) / 2 : y * y, 6);
  }
});
