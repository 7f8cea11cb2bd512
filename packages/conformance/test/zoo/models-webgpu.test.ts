// Every tiny model gives on WebGPU what it gives on the CPU: a ragged prefill, then decoded tokens from the state.
import type { Ops, Tensor } from "@webfla/ops";
import { createCpu } from "@webfla/reference";
import { fromLengths, pack } from "@webfla/varlen";
import { createWebGpu } from "@webfla/wgsl";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { forEachAdapter } from "../../src/adapters";
import { tinyConfigs, tinyModel } from "../../src/zoo";
import { relativeError } from "./checkpoints";

const documents = [40, 0, 1, 7].map((length, n) =>
  Int32Array.from({ length }, (_, i) => (Math.imul(i + 1 + 37 * n, 2654435761) >>> 26) % 64),
);

/** Logits of the packed documents, and of one more token of each. */
async function run<T extends Tensor>(
  ops: Ops<T>,
  name: string,
  dtype: "f32" | "f16",
): Promise<Float32Array[]> {
  const model = await tinyModel(ops, name, { dtype });
  const { logits, state } = model.forward({ ...pack(documents), wantState: true });
  const tokens = Int32Array.from(documents, (_, n) => n + 1);
  const next = model.forward({ tokens, varlen: fromLengths(documents.map(() => 1)), state });
  const values = [(await ops.read(logits)) as Float32Array, (await ops.read(next.logits)) as Float32Array];
  for (const x of [logits, next.logits, state!, model]) x.dispose();
  return values;
}

const bounds = { f32: 1e-4, f16: 2e-2 };

forEachAdapter(({ storages, open }) => {
  let gpu: Awaited<ReturnType<typeof createWebGpu>>;
  const cpu = createCpu();
  beforeAll(async () => {
    gpu = await createWebGpu({ adapter: await open(), poison: true });
  });
  afterAll(() => {
    expect(gpu.memory().tensors).toBe(0);
    gpu.dispose();
    cpu.dispose();
  });

  describe.each(storages)("%s", (dtype) => {
    it.each(Object.keys(tinyConfigs))("%s", async (name) => {
      const want = await run(cpu, name, dtype);
      const got = await run(gpu, name, dtype);
      for (const [i, values] of want.entries())
        expect(relativeError(got[i]!, values)).toBeLessThan(bounds[dtype]);
    });
  });
});
