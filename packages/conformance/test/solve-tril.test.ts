import { type Ops, ShapeError, type Tensor } from "@webfla/ops";
import { solveTril } from "@webfla/ops/fla";
import { createTape } from "@webfla/ops/tape";
import { createCpu } from "@webfla/reference";
import { fromLengths, type Varlen } from "@webfla/varlen";
import { createWebGpu } from "@webfla/wgsl";
import { expect, it } from "vitest";
import { forEachAdapter } from "../src/adapters";
import { relativeError } from "./verbs/compare";
import { generator } from "./verbs/maker";

type Matrix = readonly Float64Array[];

const varlen = fromLengths([0, 1, 16, 35, 15, 0, 3]);
const [T, H, C] = [varlen.totalTokens, 2, 16];
const draw = (seed: number): Float32Array => {
  const next = generator(seed);
  return Float32Array.from({ length: T * H * C }, () => next() - 0.5);
};
const [a, seeds] = [draw(1), draw(2)];

/** Where each chunk of a head begins, and its rows. */
function* chunksOf({
  cuSeqlens,
  sequences,
}: Varlen): Generator<readonly [at: (r: number, c: number) => number, rows: number]> {
  for (let n = 0; n < sequences; n++)
    for (let first = cuSeqlens[n]!; first < cuSeqlens[n + 1]!; first += C)
      for (let h = 0; h < H; h++)
        yield [(r, c) => ((first + r) * H + h) * C + c, Math.min(C, cuSeqlens[n + 1]! - first)];
}

const square = (rows: number, of: (r: number, c: number) => number): Matrix =>
  Array.from({ length: rows }, (_, r) => Float64Array.from({ length: rows }, (_, c) => of(r, c)));
const multiply = (x: Matrix, y: Matrix): Matrix =>
  square(x.length, (r, c) => x[r]!.reduce((sum, xi, i) => sum + xi * y[i]![c]!, 0));
const turn = (x: Matrix): Matrix => square(x.length, (r, c) => x[c]![r]!);

/** In f64: M = (I + A)⁻¹ by Gauss and Jordan, and dA = −Mᵀ dM Mᵀ below the diagonal. */
function oracle(): { o: Float64Array; dA: Float64Array } {
  const [o, dA] = [new Float64Array(T * H * C), new Float64Array(T * H * C)];
  for (const [at, rows] of chunksOf(varlen)) {
    const M = square(rows, (r, c) => Number(r === c));
    const L = square(rows, (r, c) => (c < r ? a[at(r, c)]! : Number(r === c)));
    for (let pivot = 0; pivot < rows; pivot++)
      for (let r = pivot + 1; r < rows; r++) {
        const factor = L[r]![pivot]!;
        for (let c = 0; c < rows; c++) {
          L[r]![c]! -= factor * L[pivot]![c]!;
          M[r]![c]! -= factor * M[pivot]![c]!;
        }
      }
    const grad = square(rows, (r, c) => seeds[at(r, c)]!);
    const back = multiply(multiply(turn(M), grad), turn(M));
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < rows; c++) {
        o[at(r, c)] = M[r]![c]!;
        if (c < r) dA[at(r, c)] = -back[r]![c]!;
      }
  }
  return { o, dA };
}

async function expectInverse<X extends Tensor>(ops: Ops<X>): Promise<void> {
  const tape = createTape(ops);
  const raw = ops.tensor(a, [T, H, C]);
  const A = tape.watch(raw);
  const { o } = solveTril(tape.ops, { A, varlen });
  const seed = ops.tensor(seeds, [T, H, C]);
  const [dA] = tape.gradients([{ of: o, seed }], [A]);
  const want = oracle();
  expect(relativeError(await tape.ops.read(o), Float32Array.from(want.o))).toBeLessThan(1e-6);
  expect(relativeError(await ops.read(dA!), Float32Array.from(want.dA))).toBeLessThan(1e-5);
  o.dispose();
  tape.dispose();
  for (const x of [raw, seed, dA!]) x.dispose();
  expect(ops.memory().tensors).toBe(0);
}

it("(I + A)⁻¹ of every chunk and its gradient, on the CPU", () => expectInverse(createCpu({ poison: true })));

forEachAdapter(({ open }) => {
  it("(I + A)⁻¹ of every chunk and its gradient", async () => {
    const ops = await createWebGpu({ adapter: await open(), poison: true, tiers: [], chunkSize: 16 });
    await expectInverse(ops);
    ops.dispose();
  });
});

it("A has rows, heads and columns, at most 256", () => {
  const ops = createCpu();
  for (const shape of [
    [3, 4],
    [3, 1, 257],
  ]) {
    const A = ops.full(0, shape);
    expect(() => solveTril(ops, { A, varlen: fromLengths([3]) })).toThrow(ShapeError);
  }
  ops.dispose();
});
