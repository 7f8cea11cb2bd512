import { AbortedError, UnsupportedError } from "@webfla/ops";
import { createCpu } from "@webfla/reference";
import { fromCuSeqlens } from "@webfla/varlen";
import { type LoadProgress, loadModel, parameterTable, readConfig } from "@webfla/zoo";
import { CheckpointError, type TensorData, writeSafetensors } from "@webfla/zoo/safetensors";
import { describe, expect, it } from "vitest";
import { expected, load, relativeError } from "./checkpoints";

const config = {
  model_type: "gated_deltanet",
  hidden_size: 8,
  num_hidden_layers: 2,
  num_heads: 2,
  head_dim: 4,
  expand_v: 1,
  vocab_size: 16,
  intermediate_size: 8,
};

/** Parameters of a model, all a half. */
function parameters(of: object = config): Map<string, TensorData> {
  const table = Object.entries(parameterTable(readConfig(of)));
  return new Map(
    table.map(([name, shape]) => {
      const data = new Float32Array(shape.reduce((n, d) => n * d, 1)).fill(0.5);
      return [name, { dtype: "BF16", shape, data }];
    }),
  );
}

describe("loadModel", () => {
  it("reads every parameter once, says so, and counts them", async () => {
    const progress: LoadProgress[] = [];
    const ops = createCpu();
    const onProgress = (p: LoadProgress) => progress.push(p);
    const model = await loadModel(ops, { config, weights: writeSafetensors(parameters()), onProgress });
    const total = parameters().size;
    expect(progress.map((p) => p.loaded)).toEqual(Array.from({ length: total }, (_, i) => i + 1));
    expect(new Set(progress.map((p) => p.name))).toEqual(new Set(parameters().keys()));
    expect(ops.memory().tensors).toBe(total);
    const count = [...parameters().values()].reduce((sum, { data }) => sum + data.length, 0);
    expect(model.size).toEqual({ count, bytes: 4 * count });
    model.dispose();
    expect(ops.memory().tensors).toBe(0);
  });

  it("ties the head to the embedding", async () => {
    const tied = { ...config, tie_word_embeddings: true };
    const weights = parameters(tied);
    expect(weights.has("lm_head.weight")).toBe(false);
    const model = await loadModel(createCpu(), { config: tied, weights: writeSafetensors(weights) });
    const { logits } = model.forward({ tokens: Int32Array.of(3), varlen: fromCuSeqlens([0, 1]) });
    expect(logits.shape).toEqual([1, 16]);
  });

  it("takes no memory for a checkpoint that does not fit its configuration", async () => {
    const broken = (change: (weights: Map<string, TensorData>) => void): Uint8Array => {
      const weights = parameters();
      change(weights);
      return writeSafetensors(weights);
    };
    const one = (dtype: "F32" | "I32", shape: number[]): TensorData => ({
      dtype,
      shape,
      data: new Float32Array(shape.reduce((n, d) => n * d, 1)),
    });
    const cases: [Uint8Array, string][] = [
      [broken((w) => w.delete("model.norm.weight")), "got none named model.norm.weight"],
      [broken((w) => w.clear()), "model.embeddings.weight, model.layers.0.attn_norm.weight"],
      [broken((w) => w.set("model.extra", one("F32", [1]))), "one of the configuration's, got model.extra"],
      [broken((w) => w.set("__proto__", one("F32", [1]))), "one of the configuration's, got __proto__"],
      [broken((w) => w.set("model.norm.weight", one("F32", [9]))), "model.norm.weight must be [8], got [9]"],
      [broken((w) => w.set("model.norm.weight", one("F32", [1, 8]))), "must be [8], got [1, 8]"],
      [broken((w) => w.set("model.norm.weight", one("I32", [8]))), "must be F32, F16 or BF16, got I32"],
    ];
    const ops = createCpu();
    for (const [weights, message] of cases) {
      const loading = loadModel(ops, { config, weights });
      await expect(loading).rejects.toThrow(CheckpointError);
      await expect(loading).rejects.toThrow(message);
    }
    await expect(loadModel(ops, { config: { model_type: "x" }, weights: new Uint8Array(0) })).rejects.toThrow(
      UnsupportedError,
    );
    expect(ops.memory().bytes).toBe(0);
  });

  it("frees what it has when aborted or when the file breaks off", async () => {
    const ops = createCpu();
    const bytes = writeSafetensors(parameters());
    const controller = new AbortController();
    const onProgress = ({ loaded }: LoadProgress) => loaded === 5 && controller.abort();
    const aborted = loadModel(ops, { config, weights: bytes, onProgress, signal: controller.signal });
    await expect(aborted).rejects.toThrow(AbortedError);
    expect(ops.memory().tensors).toBe(0);
    const last = bytes.length - 300;
    const read = async (start: number, end: number) => bytes.slice(start, start < last ? end : start);
    await expect(loadModel(ops, { config, weights: { size: bytes.length, read } })).rejects.toThrow(
      CheckpointError,
    );
    expect(ops.memory().tensors).toBe(0);
  });

  it("stores matrices in half precision and vectors in full", async () => {
    const model = await load("checkpoints/gdn-byte", "f16");
    expect(model.size.count).toBe(6_854_320);
    expect(model.size.bytes).toBeLessThan(2 * 6_854_320 + 20_000);
    const want = await expected("checkpoints/gdn-byte");
    const varlen = fromCuSeqlens([0, 8]);
    const { logits } = model.forward({ tokens: want.tokens.subarray(0, 8), varlen });
    // the checkpoint's own numbers are halves, so nothing is lost
    expect(relativeError(await model.ops.read(logits), want.logits.subarray(0, 8 * 264))).toBeLessThan(1e-5);
  });
});
