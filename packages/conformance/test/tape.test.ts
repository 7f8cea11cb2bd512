import { type BinaryKind, binaryKinds, type Ops, type Tensor, UnsupportedError } from "@webfla/ops";
import { createTape, type Variable } from "@webfla/ops/tape";
import { createCpu } from "@webfla/reference";
import { fromLengths } from "@webfla/varlen";
import { beforeEach, describe, expect, it } from "vitest";

const ops = createCpu();
type T = ReturnType<typeof ops.full>;
type Program = <X extends Tensor>(ops: Ops<X>, inputs: readonly X[]) => X;

let live: number;
beforeEach(() => {
  live = ops.memory().tensors;
});

const wave = (n: number, phase: number): Float32Array =>
  Float32Array.from({ length: n }, (_, i) => Math.sin(1.7 * i + phase) + 0.2);
const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Σ program · weights, so that every element of the result has its own share in the loss. */
const lossOf =
  (program: Program, weights: Float32Array) =>
  <X extends Tensor>(on: Ops<X>, inputs: readonly X[]): X => {
    const o = program(on, inputs);
    const flat = on.reshape(o, [size(o.shape)]);
    return on.reduce({
      kind: "sum",
      x: on.binary({ kind: "mul", a: flat, b: on.tensor(weights.slice(0, size(o.shape)), flat.shape) }),
    });
  };

async function expectGradients(shapes: readonly (readonly number[])[], program: Program): Promise<void> {
  const loss = lossOf(program, wave(4096, 0.4));
  const data = shapes.map((s, i) => wave(size(s), i));
  const tape = createTape<T>(ops);
  const leaves = data.map((d, i) => ops.tensor(d, shapes[i]!));
  const watched = leaves.map((x) => tape.watch(x));
  const root = tape.ops.scope(() => loss(tape.ops, watched));
  const grads = tape.gradients([{ of: root }], watched);
  root.dispose();
  for (const [i, grad] of grads.entries()) {
    expect(grad.shape).toEqual(shapes[i]);
    const found = await ops.read(grad);
    for (let j = 0; j < found.length; j += Math.ceil(found.length / 7)) {
      const at = async (delta: number): Promise<number> => {
        const value = ops.scope(() =>
          loss(
            ops,
            data.map((d, k) => ops.tensor(k === i ? d.with(j, d[j]! + delta) : d, shapes[k]!)),
          ),
        );
        const [x] = await ops.read(value);
        value.dispose();
        return x!;
      };
      const step = 2e-3;
      const expected = ((await at(step)) - (await at(-step))) / (2 * step);
      expect(
        Math.abs(found[j]! - expected),
        `input ${i}, element ${j}: ${found[j]} beside ${expected}`,
      ).toBeLessThan(5e-3 * (1 + Math.abs(expected)));
    }
  }
  for (const x of [...grads, ...watched, ...leaves]) x.dispose();
  expect(ops.memory().tensors).toBe(live);
}

describe("gradients that are compositions of verbs equal finite differences", () => {
  for (const transposeA of [false, true])
    for (const transposeB of [false, true])
      it(`matmul${transposeA ? " aᵀ" : ""}${transposeB ? " bᵀ" : ""} with bias`, () =>
        expectGradients(
          [transposeA ? [5, 4] : [4, 5], transposeB ? [3, 5] : [5, 3], [3]],
          (o, [a, b, bias]) => o.matmul({ a: a!, b: b!, bias: bias!, transposeA, transposeB }),
        ));
  it("matmul over leading axes", () =>
    expectGradients(
      [
        [2, 3, 5],
        [5, 4],
      ],
      (o, [a, b]) => o.matmul({ a: a!, b: b! }),
    ));
  it.each(binaryKinds)("%s over broadcast axes", (kind: BinaryKind) =>
    expectGradients(
      [
        [2, 3, 4],
        [3, 1],
      ],
      (o, [a, b]) => o.binary({ kind, a: a!, b: kind === "div" ? o.affine({ x: b!, shift: 3 }) : b! }),
    ),
  );
  it("slice, concat, transpose, reshape", () =>
    expectGradients(
      [
        [4, 6],
        [4, 2],
      ],
      (o, [a, b]) => {
        const part = o.slice({ x: a!, axis: 1, start: 1, end: 4 });
        return o.reshape(o.transpose({ x: o.concat({ xs: [part, b!, part], axis: 1 }) }), [2, 16]);
      },
    ));
  it("gather with a repeated row, and scatterAdd", () =>
    expectGradients([[4, 3]], (o, [x]) => {
      const index = o.tensor(Int32Array.of(2, 0, 2), [3]);
      return o.scatterAdd({
        rows: o.gather({ x: x!, index }),
        index: o.tensor(Int32Array.of(1, 1, 0), [3]),
        count: 3,
      });
    }));
  it("sum, max and softmax", () =>
    expectGradients([[3, 5]], (o, [x]) => {
      const p = o.softmax({ x: x! });
      return o.binary({
        kind: "add",
        a: o.reduce({ kind: "sum", x: p, axis: 0 }),
        b: o.reduce({ kind: "max", x: x!, axis: 0 }),
      });
    }));
  it("rotary", () =>
    expectGradients([[5, 1, 6]], (o, [x]) => {
      const table = (f: (a: number) => number) =>
        o.tensor(
          Float32Array.from({ length: 12 }, (_, i) => f(i * 0.3)),
          [4, 3],
        );
      return o.rotary({ x: x!, cos: table(Math.cos), sin: table(Math.sin), varlen: fromLengths([4, 1]) });
    }));
  it("a value used twice, and one that leads nowhere", () =>
    expectGradients([[3], [3]], (o, [x]) =>
      o.binary({ kind: "add", a: x!, b: o.binary({ kind: "mul", a: x!, b: x! }) }),
    ));
});

describe("the tape", () => {
  const squared = (on: Ops<Variable<T>>, x: Variable<T>): Variable<T> =>
    on.reduce({ kind: "sum", x: on.binary({ kind: "mul", a: x, b: x }) });

  it("stops a gradient, and frees everything", async () => {
    const tape = createTape<T>(ops);
    const leaf = ops.tensor(Float32Array.of(3), [1]);
    const x = tape.watch(leaf);
    const root = tape.ops.scope(() =>
      tape.ops.reduce({ kind: "sum", x: tape.ops.binary({ kind: "mul", a: x, b: tape.stopGradient(x) }) }),
    );
    const [grad] = tape.gradients([{ of: root }], [x]);
    expect([...(await ops.read(grad!))]).toEqual([3]);
    for (const t of [root, grad!, x, leaf]) t.dispose();
    expect(ops.memory().tensors).toBe(live);
  });

  it("refuses a verb without gradient when it is recorded, and still runs it on constants", () => {
    const bare = createCpu();
    Object.assign(bare.backend, { backward: {} });
    const tape = createTape(bare);
    const leaf = bare.full(1, [2]);
    expect(() => tape.ops.unary({ kind: "exp", x: tape.watch(leaf) })).toThrow(UnsupportedError);
    expect(() => tape.ops.unary({ kind: "exp", x: tape.watch(leaf) })).toThrow(
      /unary: it must have a gradient on cpu/,
    );
    expect(tape.ops.unary({ kind: "exp", x: tape.constant(leaf) }).shape).toEqual([2]);
  });

  it("refuses tables of a rotation that are no constants", () => {
    const tape = createTape<T>(ops);
    const [x, table] = [ops.full(1, [1, 1, 2]), ops.full(1, [1, 1])];
    const varlen = fromLengths([1]);
    const sin = tape.watch(table);
    const rotate = (cos: Variable<T>) => tape.ops.rotary({ x: tape.watch(x), cos, sin, varlen });
    expect(() => rotate(tape.constant(table))).toThrow(/rotary: sin must be a constant/);
    expect(() => rotate(sin)).toThrow(UnsupportedError);
    tape.dispose();
    for (const t of [x, table]) t.dispose();
    expect(ops.memory().tensors).toBe(live);
  });

  it("asks for a seed where the root is not one number", () => {
    const tape = createTape<T>(ops);
    const leaf = ops.full(1, [2]);
    const x = tape.watch(leaf);
    const o = tape.ops.affine({ x, scale: 2 });
    expect(() => tape.gradients([{ of: o }], [x])).toThrow(
      /root of \[2\] must have a seed of its shape, got none/,
    );
    tape.dispose();
    for (const t of [o, x, leaf]) t.dispose();
    expect(ops.memory().tensors).toBe(live);
  });

  it("keeps nothing of a record that is thrown away", () => {
    const tape = createTape<T>(ops);
    const leaf = ops.full(2, [4]);
    const x = tape.watch(leaf);
    tape.ops.scope(() => squared(tape.ops, x)).dispose();
    tape.dispose();
    leaf.dispose();
    expect(ops.memory().tensors).toBe(live);
  });
});
