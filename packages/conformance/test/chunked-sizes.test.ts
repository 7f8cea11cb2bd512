// Lengths and counts at the far ends: what a batch may be without any option.
import type { Ops, Tensor } from "@webfla/ops";
import { createTape } from "@webfla/ops/tape";
import { fromLengths, type Varlen } from "@webfla/varlen";
import { createWebGpu, type GpuTensor, type TracedDispatch, trace } from "@webfla/wgsl";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { forEachAdapter, nullDevice } from "../src/adapters";
import { cpu } from "./chunked-run";
import { relativeError } from "./verbs/compare";
import { generator } from "./verbs/maker";

const [K, V] = [8, 4];

/** o of the gated delta rule, and all gradients of Σ o · seed. */
async function gated<T extends Tensor>(ops: Ops<T>, varlen: Varlen, H: number) {
  const [tokens, next] = [varlen.totalTokens, generator(3)];
  const draw = (width: number, number: (x: number) => number): Float32Array =>
    Float32Array.from({ length: tokens * H * width }, () => number(next()));
  const shapes = {
    q: [tokens, H, K],
    k: [tokens, H, K],
    v: [tokens, H, V],
    g: [tokens, H],
    beta: [tokens, H],
  };
  const tape = createTape(ops);
  const inputs = {
    q: draw(K, (x) => x - 0.5),
    k: draw(K, (x) => (x - 0.5) / 2),
    v: draw(V, (x) => x - 0.5),
    g: draw(1, (x) => -0.1 * x),
    beta: draw(1, (x) => x),
  };
  const names = Object.keys(inputs) as (keyof typeof inputs)[];
  const raw = names.map((name) => ops.tensor(inputs[name], shapes[name]));
  const leaves = raw.map((x) => tape.watch(x));
  const [q, k, v, g, beta] = leaves as [(typeof leaves)[0], ...typeof leaves] & typeof leaves;
  const { o } = tape.ops.linearAttention({
    q,
    k: k!,
    v: v!,
    decay: { kind: "scalar", g: g! },
    erase: { kind: "delta", beta: beta! },
    varlen,
  });
  const seed = ops.tensor(
    draw(V, (x) => x - 0.5),
    shapes.v,
  );
  const found = tape.gradients([{ of: o, seed }], leaves);
  const results = await Promise.all([tape.ops.read(o), ...found.map((x) => ops.read(x))]);
  o.dispose();
  tape.dispose();
  for (const x of [...raw, seed, ...found]) x.dispose();
  return results;
}

const fits = (dispatches: readonly TracedDispatch[], { limits }: GPUDevice): void => {
  expect(Math.max(...dispatches.flatMap((d) => d.workgroups))).toBeLessThanOrEqual(
    limits.maxComputeWorkgroupsPerDimension,
  );
  expect(dispatches.length).toBeLessThan(100);
};

/** o of retention with the same rows at every token. */
const constant = (ops: Ops<GpuTensor>, T: number, decay: number): GpuTensor =>
  ops.scope(() => {
    const of = (value: number, width: number) => ops.full(value, [T, 1, width]);
    const { o } = ops.linearAttention({
      q: of(1, K),
      k: of(0.5, K),
      v: of(2, V),
      scale: 1,
      decay: { kind: "head", slopes: ops.full(decay, [1]) },
      varlen: fromLengths([T]),
    });
    return ops.slice({ x: o, axis: 0, start: T - 1, end: T });
  });

const full = Boolean(process.env["WEBFLA_FULL"]);

describe("what a device is asked for", () => {
  it.each([
    ["100,000 tokens in one sequence", [100_000], 1],
    ["2,000 one-token documents of 32 heads", new Array<number>(2000).fill(1), 32],
    ["70,000 documents", new Array<number>(70_000).fill(1), 1],
  ])("%s: forward and backward are few dispatches within the limits", async (_, lengths, H) => {
    const device = await nullDevice();
    const ops = await createWebGpu({ device, tiers: [] });
    const { dispatches } = await trace(ops, () => gated(ops, fromLengths(lengths), H));
    fits(dispatches, device);
    ops.dispose();
  });

  it("a million tokens in one sequence", async () => {
    const device = await nullDevice();
    const ops = await createWebGpu({ device, tiers: [] });
    fits((await trace(ops, () => constant(ops, 1_000_000, -1e-4))).dispatches, device);
    ops.dispose();
  });
});

forEachAdapter(({ open }) => {
  let gpu: Ops<GpuTensor>;
  beforeAll(async () => {
    gpu = await createWebGpu({ adapter: await open(), tiers: [], chunkSize: 16 });
  });
  afterAll(() => gpu.dispose());

  // software takes milliseconds for a workgroup that waits: without --full the counts are a small part
  it.each([
    ["100,000 tokens in one sequence", [full ? 100_000 : 400], 1],
    ["2,000 one-token documents of 32 heads", new Array<number>(full ? 2000 : 8).fill(1), 32],
  ])("%s: forward and backward are the CPU's", async (_, lengths, H) => {
    const varlen = fromLengths(lengths);
    const got = await gated(gpu, varlen, H);
    for (const [i, want] of (await gated(cpu, varlen, H)).entries())
      expect.soft(relativeError(got[i]!, want), `result ${i}`).toBeLessThan(1e-4);
    expect(gpu.memory().tensors).toBe(0);
  });

  it("a million tokens in one sequence are what their sum says", async () => {
    const [T, decay] = full ? [1_000_000, -1e-5] : [1500, -5e-3];
    const result = constant(gpu, T, decay);
    const kept = (1 - Math.exp(decay * T)) / (1 - Math.exp(decay));
    for (const x of await gpu.read(result)) expect(x / (K * kept)).toBeCloseTo(1, 3);
    result.dispose();
  });
});
