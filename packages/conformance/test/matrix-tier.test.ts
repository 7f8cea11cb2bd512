// Whole chunks of 64 on the adapter that emulates matrices of subgroups, beside the CPU.
import { createOps, type Ops } from "@webfla/ops";
import { createWebGpuBackend, type GpuTensor, openRuntime, type Runtime, trace } from "@webfla/wgsl";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withMatrixAdapter } from "../src/adapters";
import { draw, type Law, laws, type Shape, show } from "./chunked-cases";
import { cpu, gated, run } from "./chunked-run";
import { relativeError } from "./verbs/compare";
import { gradientsOf } from "./verbs/gradients";
import type { Case } from "./verbs/maker";

/** Lengths about a chunk of 64, sizes that no matrix divides, heads in groups. */
const shape: Shape = { lengths: [1, 63, 64, 65, 130, 0], H: 1, HV: 2, K: 40, V: 24, steps: 1 };
const short: Shape = { ...shape, lengths: [1, 65, 0, 20], H: 2 };

const full = Boolean(process.env["WEBFLA_FULL"]);
// an emulated shader takes a second to compile: without --full every main is met, and every way to gate
const few: readonly Law[] = [gated, { decay: "vector", erase: "lowRank", read: "after" }];
// what one half of the oja law writes is what the other reads, as it was kept
const backward: readonly Law[] = [gated, { decay: "scalar", erase: "oja", read: "after" }];
const canChunk = ({ decay, erase }: Law): boolean =>
  erase === "none" || decay !== (erase === "oja" ? "vector" : "value");

withMatrixAdapter(({ open }) => {
  let runtime: Runtime;
  let gpu: Ops<GpuTensor>;
  beforeAll(async () => {
    runtime = await openRuntime({ adapter: await open(), poison: true });
    gpu = createOps(createWebGpuBackend(runtime, { plan: "chunked" }));
  });
  afterAll(() => runtime?.dispose());

  /** What a body gives, and the kernels in it that multiplied matrices. */
  async function traced<R>(body: () => Promise<R>) {
    const { result, dispatches } = await trace(gpu, body);
    const multiplying = dispatches.filter((d) => d.code.includes("subgroupMatrixMultiplyAccumulate"));
    return { result: result as R, kernels: [...new Set(multiplying.map((d) => d.kernel))] };
  }

  it("the device says that it has matrices, to those who may use them", async () => {
    expect(runtime.info.matrices).toBe(true);
    const without = await openRuntime({ adapter: await open(), tiers: ["shader-f16"] });
    expect(without.info.matrices).toBe(false);
    without.dispose();
  });

  describe("chunks are what the law says", () => {
    for (const law of full ? laws.filter(canChunk) : few)
      it(show(law), async () => {
        const { result, kernels } = await traced(() => run(gpu, law, shape, "f16"));
        const output = law.decay === "vector" || law.decay === "value" ? "output" : "output.matrix";
        expect(kernels).toEqual(expect.arrayContaining(["diagonal/pairs", `diagonal/${output}`]));
        const want = await run(cpu, law, shape, "f16");
        for (const name of ["o", "finalState"])
          expect.soft(relativeError(result[name]!, want[name]!), name).toBeLessThan(2e-3);
      });
  });

  describe("gradients are the CPU's", () => {
    for (const law of full ? laws.filter(canChunk) : backward)
      it(show(law), async () => {
        const row: Case = {
          name: show(law),
          run: (m) => ({ ...m.ops.linearAttention(draw(m, law, short)) }),
        };
        const { result, kernels } = await traced(() => gradientsOf(gpu, row, "f16"));
        expect(kernels.filter((kernel) => kernel.endsWith("_grad"))).not.toEqual([]);
        for (const [i, want] of (await gradientsOf(cpu, row, "f16")).entries())
          expect.soft(relativeError(result[i]!, want), `input ${i} as drawn`).toBeLessThan(5e-3);
      });
  });
});
