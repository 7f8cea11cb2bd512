// Acceptance cases that no other test shows; acceptance.test.ts lists them all.
import { readFile } from "node:fs/promises";
import { createOps, type Ops, ShapeError, type Tensor, WebflaError } from "@webfla/ops";
import { rwkv7, shortConv } from "@webfla/ops/fla";
import { type CpuTensor, createCpu } from "@webfla/reference";
import { fromCuSeqlens, fromLengths } from "@webfla/varlen";
import { createWebGpu, createWebGpuBackend, openRuntime, trace } from "@webfla/wgsl";
import { readSafetensors } from "@webfla/zoo/safetensors";
import { describe, expect, it } from "vitest";
import { forEachAdapter, nullDevice } from "../src/adapters";
import { draw, type Law, part, show } from "./chunked-cases";
import { compute, relativeError } from "./verbs/compare";

const cumulative: readonly Law[] = [
  { decay: "scalar", erase: "delta beta key", read: "after" },
  { decay: "vector", erase: "none", read: "bonus" },
  { decay: "vector", erase: "lowRank", read: "after" },
];

/** How far tokens behind a prefix of 70 are from those of the whole, and the last state. */
async function behindPrefix<T extends Tensor>(ops: Ops<T>, law: Law): Promise<number> {
  const results = await compute(
    ops,
    {
      name: "prefix",
      run: (m) => {
        const call = draw(m, law, { lengths: [100], H: 1, HV: 2, K: 5, V: 3, steps: 1 });
        const whole = m.ops.linearAttention(call);
        const head = m.ops.linearAttention(part(m, call, [0, 70], call.initialState));
        // the bonus belongs to heads, not to tokens
        const tail = m.ops.linearAttention({ ...part(m, call, [70, 100], head.finalState), read: call.read });
        const { o } = whole;
        return {
          o: m.ops.slice({ x: o, axis: 0, start: 70, end: 100 }),
          state: whole.finalState,
          behindO: tail.o,
          behindState: tail.finalState,
        };
      },
    },
    "f32",
  );
  return Math.max(
    relativeError(results["behindO"]!, results["o"]!),
    relativeError(results["behindState"]!, results["state"]!),
  );
}

describe("cumulative gates behind a prefix of 70 tokens are summed once", () => {
  it.each(cumulative.map((law) => ({ law, name: show(law) })))("on the CPU: $name", async ({ law }) => {
    expect(await behindPrefix(createCpu({ poison: true }), law)).toBeLessThan(1e-6);
  });
});

forEachAdapter(({ open }) => {
  it("cumulative gates behind a prefix of 70 tokens are summed once, chunk by chunk", async () => {
    const runtime = await openRuntime({ adapter: await open(), poison: true, tiers: [] });
    const ops = createOps(createWebGpuBackend(runtime, { plan: "chunked", chunkSize: 16 }));
    expect(await behindPrefix(ops, cumulative[1]!)).toBeLessThan(1e-5);
    runtime.dispose();
  });
});

describe("the law of RWKV-7", async () => {
  const ops = createCpu();
  const path = new URL("../fixtures/ops/rwkv7.safetensors", import.meta.url);
  const file = await readSafetensors(await readFile(path));
  const cuSeqlens = await file.read("cu_seqlens");
  const names = ["r", "w", "k", "v", "a", "b"] as const;
  type Inputs = Readonly<Record<(typeof names)[number], CpuTensor>>;

  async function errorOf(change: (inputs: Inputs) => Partial<Inputs>): Promise<number> {
    const { shape } = file.tensors.get("r")!;
    const read = async (name: string) => ops.tensor(await file.read(name), shape.slice(1));
    const entries = await Promise.all(names.map(async (name) => [name, await read(name)] as const));
    const inputs = Object.fromEntries(entries) as unknown as Inputs;
    const state = file.tensors.get("initial_state")!;
    const initialState = ops.tensor(await file.read("initial_state"), state.shape);
    const { o } = rwkv7(ops, { ...inputs, ...change(inputs), initialState, cuSeqlens });
    return relativeError(o.data as Float32Array, (await file.read("o")) as Float32Array);
  }

  it("is FLA's", async () => {
    expect(await errorOf(() => ({}))).toBeLessThan(1e-5);
  });

  const rate = Math.exp(-0.5);
  const mutants: Readonly<Record<string, (inputs: Inputs) => Partial<Inputs>>> = {
    "the decay of its ancestor, exp(−exp(d))": ({ w }) => {
      const share = Float32Array.from(w.data, (x) => -x / rate);
      const logit = share.map((x) => Math.log(x / (1 - x)));
      return {
        w: ops.tensor(
          logit.map((d) => -Math.exp(d)),
          w.shape,
        ),
      };
    },
    "a decay without the factor": ({ w }) => ({ w: ops.affine({ x: w, scale: 1 / rate }) }),
    "removal that adds": ({ a }) => ({ a: ops.affine({ x: a, scale: -1 }) }),
    "removal by the transpose": ({ a, b }) => ({ a: b, b: a }),
    "no removal": ({ b }) => ({ b: ops.full(0, b.shape) }),
    "a read by the key": ({ k }) => ({ r: k }),
  };
  it.each(Object.entries(mutants))("is not %s", async (_, mutant) => {
    expect(await errorOf(mutant)).toBeGreaterThan(1e-2);
  });
});

it("2,050 documents of 32 heads stay within every axis of a dispatch", async () => {
  const device = await nullDevice();
  const ops = await createWebGpu({ device, tiers: [] });
  const [T, H, K, V] = [2050, 32, 8, 4];
  const { dispatches } = await trace(ops, () =>
    ops.scope(() => {
      const of = (...shape: number[]) => ops.full(0.5, shape);
      const gate = { kind: "scalar", g: of(T, H) } as const;
      const erase = { kind: "delta", beta: of(T, H) } as const;
      const varlen = fromLengths(new Array<number>(T).fill(1));
      ops.linearAttention({ q: of(T, H, K), k: of(T, H, K), v: of(T, H, V), decay: gate, erase, varlen });
    }),
  );
  expect(dispatches.length).toBeGreaterThan(0);
  expect(Math.max(...dispatches.flatMap((d) => d.workgroups))).toBeLessThanOrEqual(65_535);
  ops.dispose();
});

it("elements beyond what a u32 counts are refused before they are addressed", async () => {
  const gpu = await createWebGpu({ device: await nullDevice() });
  expect(() => gpu.full(0, [2 ** 17, 2 ** 16])).toThrow(WebflaError);
  expect(() => gpu.full(0, [2 ** 31, 2])).toThrow(WebflaError);
  expect(gpu.memory().tensors).toBe(0);
  expect(() => fromLengths([2 ** 32])).toThrow(RangeError);
  gpu.dispose();
});

it("one batch tells the convolution and the recurrence the same boundaries", () => {
  const ops = createCpu();
  const x = ops.tensor(
    Float32Array.from({ length: 12 }, (_, i) => i + 1),
    [6, 2],
  );
  const weight = ops.full(1, [2, 3]);
  // a width of 3 would reach over the boundary at row 4
  const { o } = shortConv(ops, { x, weight, cuSeqlens: [0, 4, 6] });
  expect([...o.data.subarray(8)]).toEqual([9, 10, 20, 22]);
  const wrong = fromCuSeqlens([0, 4]);
  expect(() => ops.shortConv({ x, weight, varlen: wrong })).toThrow(ShapeError);
});
