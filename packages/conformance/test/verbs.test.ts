import type { Ops } from "@webfla/ops";
import { createCpu } from "@webfla/reference";
import { createWebGpu, type GpuTensor } from "@webfla/wgsl";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { forEachAdapter } from "../src/adapters";
import { compute, relativeError } from "./verbs/compare";
import { denseCases } from "./verbs/dense-cases";
import { linearAttentionCases } from "./verbs/linear-attention-cases";
import { sequenceCases } from "./verbs/sequence-cases";

const cases = [...denseCases, ...sequenceCases, ...linearAttentionCases];
const tolerance = { f32: 1e-5, f16: 2e-3 };
const cpu = createCpu({ poison: true });

forEachAdapter(({ open, storages }) => {
  let gpu: Ops<GpuTensor>;
  let adapter: GPUAdapter;
  beforeAll(async () => {
    adapter = await open();
    gpu = await createWebGpu({
      adapter,
      poison: true,
      plan: "recurrent",
      tiers: adapter.features.has("shader-f16") ? ["shader-f16"] : [],
    });
  });
  afterAll(() => gpu?.dispose());

  for (const storage of storages)
    describe(storage, () => {
      for (const row of cases)
        it(row.name, async ({ skip }) => {
          skip(!gpu.backend.dtypes.includes(storage), `the adapter has no ${storage}`);
          const want = await compute(cpu, row, storage);
          const got = await compute<GpuTensor>(gpu, row, storage);
          for (const [name, expected] of Object.entries(want)) {
            expect.soft(relativeError(got[name]!, expected!), name).toBeLessThan(tolerance[storage]);
          }
        });
    });
});
