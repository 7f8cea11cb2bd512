// What a training step will take is known before the first one, by each backend's own accounting.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Ops, Tensor } from "@webfla/ops";
import { createCpu } from "@webfla/reference";
import { fromLengths } from "@webfla/varlen";
import { createWebGpu } from "@webfla/wgsl";
import { estimateMemory, initialModel, Trainer } from "@webfla/zoo/train";
import { describe, expect, it } from "vitest";
import { forEachAdapter } from "../../src/adapters";
import { tinyConfigs } from "../../src/zoo";

const config = tinyConfigs["gated_deltanet"]!;
const options = { recompute: true };

/** The peak of a training whose largest step has so many tokens, over what was estimated. */
async function overEstimate<T extends Tensor>(
  open: () => Promise<Ops<T>> | Ops<T>,
  tokens: number,
  dtype: "f32" | "f16" = "f32",
): Promise<number> {
  const [measured, asked] = [await open(), await open()];
  const model = initialModel(measured, config, { seed: 0, dtype });
  const trainer = new Trainer(model, { ...options, schedule: () => 0 });
  for (const length of [64, tokens])
    await trainer.step([{ tokens: new Int32Array(length), varlen: fromLengths([length]) }]).read();
  const { peakBytes } = measured.memory();
  const memory = await estimateMemory(asked, { config, dtype, ...options });
  expect(memory.keptBytes).toBeLessThan(memory.peakBytes(64));
  expect(asked.memory().tensors).toBe(0);
  for (const x of [trainer, model, measured, asked]) x.dispose();
  return peakBytes / memory.peakBytes(tokens);
}

describe("cpu", () => {
  it("is within a twentieth of what was said", async () => {
    const ratio = await overEstimate(createCpu, 1000);
    expect(ratio).toBeGreaterThan(0.95);
    expect(ratio).toBeLessThan(1.05);
  });

  it("is under a GiB for 7 M parameters and 16,384 tokens", async () => {
    const file = new URL("../../fixtures/checkpoints/gdn-byte/config.json", import.meta.url);
    const ops = createCpu();
    const memory = await estimateMemory(ops, {
      config: JSON.parse(await readFile(fileURLToPath(file), "utf8")),
      ...options,
    });
    expect(memory.peakBytes(16_384)).toBeLessThan(2 ** 30);
    ops.dispose();
  });
});

forEachAdapter(({ open, storages: [dtype] }) => {
  // in powers of two, as the small steps are: buffers come in such sizes
  it("is within a tenth of what was said", async () => {
    const ratio = await overEstimate(async () => createWebGpu({ adapter: await open() }), 512, dtype);
    expect(ratio).toBeGreaterThan(0.9);
    expect(ratio).toBeLessThan(1.1);
  });
});
