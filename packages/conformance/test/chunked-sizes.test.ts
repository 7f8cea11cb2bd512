// Lengths and counts at the far ends on every adapter.
import type { Ops } from "@webfla/ops";
import { fromLengths } from "@webfla/varlen";
import { createWebGpu, type GpuTensor, type TracedDispatch, trace } from "@webfla/wgsl";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { forEachAdapter, nullDevice } from "../src/adapters";
import { cpu } from "./chunked-run";
import { constant, expectedConstant, gated } from "./far-sizes";
import { relativeError } from "./verbs/compare";

const fits = (dispatches: readonly TracedDispatch[], { limits }: GPUDevice): void => {
  expect(Math.max(...dispatches.flatMap((d) => d.workgroups))).toBeLessThanOrEqual(
    limits.maxComputeWorkgroupsPerDimension,
  );
  expect(dispatches.length).toBeLessThan(100);
};

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
    for (const x of await gpu.read(result)) expect(x / expectedConstant(T, decay)).toBeCloseTo(1, 3);
    result.dispose();
  });
});
