// Batches whose chunk states do not fit at once go part by part, with the same results.
import { createOps, type Ops } from "@webfla/ops";
import { createWebGpuBackend, type GpuTensor, openRuntime, type Runtime, trace } from "@webfla/wgsl";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { forEachAdapter } from "../src/adapters";
import { draw, type Law, type Shape, show } from "./chunked-cases";
import { cpu, expectClose, run } from "./chunked-run";
import { relativeError } from "./verbs/compare";
import { gradientsOf } from "./verbs/gradients";
import type { Case } from "./verbs/maker";

const shape: Shape = { lengths: [0, 15, 1, 33, 0, 16, 70, 2, 0], H: 1, HV: 2, K: 5, V: 3, steps: 1 };
const divided: readonly Law[] = [
  { decay: "head", erase: "none", read: "bonus" },
  { decay: "vector", erase: "lowRank", read: "after" },
  { decay: "value", erase: "oja", read: "after" },
  { decay: "scalar", erase: "delta beta key", read: "after" },
];

forEachAdapter(({ open }) => {
  let runtime: Runtime;
  let whole: Ops<GpuTensor>;
  let parts: Ops<GpuTensor>;
  beforeAll(async () => {
    runtime = await openRuntime({ adapter: await open(), poison: true, tiers: [] });
    const on = (stateBytes?: number) =>
      createOps(createWebGpuBackend(runtime, { plan: "chunked", chunkSize: 16, stateBytes }));
    whole = on();
    // two chunks: 16 × 16 products of two heads each
    parts = on(2 * 16 * 16 * 2 * 4);
  });
  afterAll(() => runtime.dispose());

  describe("a batch in parts is the batch", () => {
    divided.forEach((law, i) => {
      const sized = { ...shape, steps: 1 + (i % 2) };
      it(`${show(law)}, steps ${sized.steps}`, async () => {
        expectClose(await run(parts, law, sized), await run(cpu, law, sized), 1e-5);
        const row: Case = {
          name: show(law),
          run: (m) => ({ ...m.ops.linearAttention({ ...draw(m, law, sized), qkL2Norm: i > 1 }) }),
        };
        const { tensors } = parts.memory();
        const got = await gradientsOf(parts, row, "f32");
        for (const [n, want] of (await gradientsOf(whole, row, "f32")).entries())
          expect.soft(relativeError(got[n]!, want), `input ${n} as drawn`).toBeLessThan(1e-5);
        expect(parts.memory().tensors).toBe(tensors);
      });
    });
  });

  it("a part's buffers are as small as asked for, whatever the length", async () => {
    const law = divided[3]!;
    const largest = async (length: number) => {
      const { dispatches } = await trace(parts, () => run(parts, law, { ...shape, lengths: [length] }));
      const states = dispatches.filter((d) => d.kernel === "delta/state");
      expect(states.length).toBe(Math.ceil(length / 32));
      return Math.max(...states.map((d) => d.bytes));
    };
    expect(await largest(320)).toBe(await largest(64));
  });
});
