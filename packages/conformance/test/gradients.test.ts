// Gradients of every case in the table: finite differences on the CPU, and on every adapter the CPU's where they are compositions.
import { type Ops, type UnaryKind, UnsupportedError, unaryKinds } from "@webfla/ops";
import { createCpu } from "@webfla/reference";
import { createWebGpu, type GpuTensor } from "@webfla/wgsl";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { forEachAdapter } from "../src/adapters";
import { relativeError } from "./verbs/compare";
import { denseCases } from "./verbs/dense-cases";
import { gradientsOf, lossAt } from "./verbs/gradients";
import { linearAttentionCases } from "./verbs/linear-attention-cases";
import { generator } from "./verbs/maker";
import { sequenceCases } from "./verbs/sequence-cases";

const cpu = createCpu({ poison: true });
const cases = [...denseCases, ...sequenceCases, ...linearAttentionCases];

/** An edge within reach of a step has no difference to compare, unit vectors turn over it where they are short, and samples are constants. */
const edges = /^(unary|binary (min|max)|argmax|sample|cast|reduce max)|of 1 × 1,|one-token documents/;
const smooth = cases.filter(({ name }) => !edges.test(name));

const size = (x: ArrayLike<number>): number => {
  let squares = 0;
  for (let i = 0; i < x.length; i++) squares += x[i]! ** 2;
  return Math.sqrt(squares / Math.max(x.length, 1));
};

/** Ways to move all inputs at once: along a random half of the gradient, so that it shows, or anywhere. */
function direction(gradients: readonly ArrayLike<number>[], seed: number): Float64Array[] {
  const next = generator(seed);
  return gradients.map((g) => {
    const scale = size(g) || 1;
    const along = seed > 0;
    return Float64Array.from(g, (x) => (along ? (next() < 0.5 ? x / scale : 0) : 2 * next() - 1));
  });
}

describe("cpu", () => {
  it.each(smooth)("$name: gradients equal finite differences", async (row) => {
    const live = cpu.memory().tensors;
    const gradients = await gradientsOf(cpu, row, "f32");
    for (const seed of [0, 1, 2]) {
      const way = direction(gradients, seed);
      const at = (step: number) => lossAt(cpu, row, way, step);
      const h = 3e-4;
      const slope =
        (8 * ((await at(h)) - (await at(-h))) - ((await at(2 * h)) - (await at(-2 * h)))) / (12 * h);
      let [want, reach] = [0, 0];
      for (const [i, g] of gradients.entries()) {
        for (let j = 0; j < g.length; j++) want += g[j]! * way[i]![j]!;
        reach += size(g) * size(way[i]!) * g.length;
      }
      expect(Math.abs(slope - want), `${slope} beside ${want}`).toBeLessThan(1e-3 * reach + 2 ** -23 / h);
    }
    expect(cpu.memory().tensors).toBe(live);
  });

  const slopes: Partial<Record<UnaryKind, (x: number) => number>> = {
    abs: Math.sign,
    relu: (x) => Number(x > 0),
    squaredRelu: (x) => 2 * Math.max(x, 0),
    elu: (x) => (x > 0 ? 1 : Math.exp(x)),
    step: () => 0,
  };
  it.each(unaryKinds)("unary %s: each element has its slope", async (kind) => {
    const positive = ["log", "sqrt", "rsqrt", "reciprocal"].includes(kind);
    const points = Float64Array.from({ length: 80 }, (_, i) => (i + 0.5) / 10 + (positive ? 0.3 : -4));
    const take = async (shift: number) =>
      cpu.read(
        cpu.unary({
          kind,
          x: cpu.tensor(
            Float32Array.from(points, (x) => x + shift),
            [80],
          ),
        }),
      );
    const call = { kind, x: cpu.tensor(Float32Array.from(points), [80]) } as const;
    const result = cpu.unary(call);
    const { x } = cpu.backend.backward.unary!({ args: call, result, grad: cpu.full(1, [80]) });
    const found = await cpu.read(x!);
    const h = 5e-3;
    const [a, b, c, d] = [await take(2 * h), await take(h), await take(-h), await take(-2 * h)];
    for (const [i, point] of points.entries()) {
      const slope = slopes[kind]?.(point) ?? (8 * (b[i]! - c[i]!) - (a[i]! - d[i]!)) / (12 * h);
      expect(Math.abs(found[i]! - slope), `at ${point}`).toBeLessThan(3e-4 * (1 + Math.abs(slope)));
    }
  });

  it.each(["sigmoid", "logSigmoid", "softplus", "silu", "gelu", "tanh", "elu"] as const)(
    "unary %s: no slope is lost far out",
    async (kind) => {
      const call = { kind, x: cpu.tensor(Float32Array.of(-1e4, -100, 0, 100, 1e4), [5]) } as const;
      const { x } = cpu.backend.backward.unary!({ args: call, result: call.x, grad: cpu.full(1, [5]) });
      const found = [...(await cpu.read(x!))];
      const left = kind === "logSigmoid" ? 1 : 0;
      const right = ["softplus", "silu", "gelu", "elu"].includes(kind) ? 1 : 0;
      for (const [i, want] of [left, left, found[2]!, right, right].entries())
        expect(found[i]).toBeCloseTo(want, 12);
    },
  );
});

// a gradient with kernels of its own has tests of its own: gpu-gradients, chunked-gradients
const composed = cases.filter((row) => denseCases.includes(row) || row.name.startsWith("rotary"));

const tolerance = { f32: 1e-5, f16: 5e-3 };
forEachAdapter(({ open, storages }) => {
  let gpu: Ops<GpuTensor>;
  beforeAll(async () => {
    gpu = await createWebGpu({ adapter: await open(), poison: true });
  });
  afterAll(() => gpu?.dispose());

  for (const storage of storages)
    describe(storage, () => {
      for (const row of composed)
        it(row.name, async ({ skip }) => {
          skip(!gpu.backend.dtypes.includes(storage), `the adapter has no ${storage}`);
          const want = await gradientsOf(cpu, row, storage);
          const live = gpu.memory().tensors;
          const got = await gradientsOf(gpu, row, storage).catch((error: unknown) => {
            // a verb without a gradient is refused, and then there is nothing to compare
            expect(error).toBeInstanceOf(UnsupportedError);
            return undefined;
          });
          expect(gpu.memory().tensors).toBe(live);
          for (const [i, x] of got?.entries() ?? [])
            expect.soft(relativeError(x, want[i]!), `input ${i}`).toBeLessThan(tolerance[storage]);
        });
    });
});
