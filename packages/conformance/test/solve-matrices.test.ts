// The triangular systems of chunks of every size, solved by matrices of subgroups: several parts of channels, of which the last is short.
import { createOps, type Ops } from "@webfla/ops";
import { createWebGpuBackend, type GpuTensor, openRuntime, type Runtime, trace } from "@webfla/wgsl";
import { afterAll, beforeAll, expect, it } from "vitest";
import { withMatrixAdapter } from "../src/adapters";
import type { Law, Shape } from "./chunked-cases";
import { type Change, cpu, expectClose, gated, run } from "./chunked-run";

const shape: Shape = { lengths: [70, 0, 3], H: 1, HV: 2, K: 72, V: 70, steps: 1 };
const ownKeys: Law = { decay: "vector", erase: "delta", read: "after" };
const lowRank: Law = { decay: "vector", erase: "lowRank", read: "after" };

withMatrixAdapter(({ open }) => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await openRuntime({ adapter: await open(), poison: true });
  });
  afterAll(() => runtime?.dispose());

  async function hold(ops: Ops<GpuTensor>, law: Law, shape: Shape, change?: Change) {
    const { result, dispatches } = await trace(ops, () => run(ops, law, shape, "f16", change));
    const kernels = dispatches.map(({ kernel }) => kernel);
    expect(kernels).toContain("delta/system.matrix");
    expectClose(result, await run(cpu, law, shape, "f16", change), 3e-3);
    return kernels;
  }

  const sizes = (chunkSize: number, law: Law, change: Partial<Shape>) =>
    [chunkSize, law, { ...shape, ...change }] as const;
  it.each([
    sizes(16, gated, {}),
    sizes(32, gated, { lengths: [33], steps: 3, K: 40, V: 136 }),
    sizes(64, gated, {}),
    sizes(32, ownKeys, { lengths: [70, 0, 3], K: 66 }),
    sizes(64, ownKeys, { steps: 2, K: 72 }),
    sizes(64, lowRank, { K: 136, V: 20 }),
  ])("chunks of %i: %o, %o", async (chunkSize, law, shape) => {
    const ops = createOps(createWebGpuBackend(runtime, { plan: "chunked", chunkSize }));
    const kernels = await hold(ops, law, shape);
    // keys that read are at hand, and stored as they are at the end of their chunk
    expect(kernels.includes("delta/end_keys")).toBe(law !== ownKeys);
  });

  // what is given is twice a value
  const large: Change = (m, call) => ({
    ...call,
    q: m.ops.affine({ x: call.q, scale: 1 / 64 }),
    v: m.ops.affine({ x: call.v, scale: 2e4 }),
    erase: { kind: "delta", beta: m.uniform([67, 2], 1.5, 2) },
    initialState: undefined,
  });
  it("operands beyond f16", () =>
    hold(
      createOps(createWebGpuBackend(runtime, { plan: "chunked" })),
      gated,
      { ...shape, lengths: [64, 3] },
      large,
    ));
});
