// Documents of any length under a budget of tokens: scores, embeddings, and what they take of the device.
import { AbortedError } from "@webfla/ops";
import { createTape } from "@webfla/ops/tape";
import { type CpuTensor, createCpu } from "@webfla/reference";
import { pack } from "@webfla/varlen";
import {
  Engine,
  embed,
  interleave,
  loadModel,
  type Model,
  parameterTable,
  readConfig,
  score,
} from "@webfla/zoo";
import { randomStream } from "@webfla/zoo/generate";
import { writeSafetensors } from "@webfla/zoo/safetensors";
import { beforeAll, describe, expect, it } from "vitest";
import { tinyModel } from "../../src/zoo";
import { relativeError } from "./checkpoints";

const bytes = (length: number, seed: number): Int32Array => {
  const random = randomStream(seed);
  return Int32Array.from({ length }, () => Math.floor(64 * random()));
};

/** One layer of eight channels: a model that is done with a document of 200,000 bytes in seconds. */
async function smallest(): Promise<Model<CpuTensor>> {
  const config = {
    model_type: "gated_deltanet",
    ...{ vocab_size: 64, hidden_size: 8, num_hidden_layers: 1, num_heads: 1, head_dim: 8, expand_v: 1 },
    intermediate_size: 8,
  };
  const random = randomStream(4);
  const tensors = Object.entries(parameterTable(readConfig(config))).map(([name, shape]) => {
    const data = Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => random() - 0.5);
    return [name, { dtype: "F32", shape, data }] as const;
  });
  return loadModel(createCpu(), { config, weights: writeSafetensors(new Map(tensors)) });
}

const peakOf = async (document: Int32Array, tokenBudget: number) => {
  const model = await smallest();
  const [scored] = await score(model, [document], { tokenBudget });
  return { bitsPerToken: scored!.bitsPerToken, peak: model.ops.memory().peakBytes };
};

it("scores 200,000 bytes with the memory of 20,000, and 20,000 as if in one pass", async () => {
  const long = bytes(200_000, 1);
  const [short, whole] = [
    await peakOf(long.slice(0, 20_000), 2048),
    await peakOf(long.slice(0, 20_000), 20_000),
  ];
  const { peak } = await peakOf(long, 2048);
  expect(Math.abs(peak / short.peak - 1)).toBeLessThan(0.05);
  expect(whole.peak).toBeGreaterThan(4 * short.peak);
  expect(short.bitsPerToken).toBeCloseTo(whole.bitsPerToken, 6);
});

describe.each(["gated_deltanet", "gated_deltanet, hybrid"])("%s", (name) => {
  let model: Model<CpuTensor>;
  beforeAll(async () => {
    model = await tinyModel(createCpu({ poison: true }), name);
  });
  const documents = [150, 0, 1, 300, 7, 64, 65].map(bytes);

  it("embeds documents in their order, the same under every budget", async () => {
    const { ops } = model;
    const before = ops.memory().tensors;
    const { tokens, varlen } = pack(documents);
    const { hidden } = model.hidden({ tokens, varlen });
    const rows = await ops.read(hidden);
    const D = hidden.shape[1]!;
    hidden.dispose();
    for (const pooling of ["mean", "last"] as const)
      for (const tokenBudget of [undefined, 100, 64, 5]) {
        const done: number[] = [];
        const got = await embed(model, documents, {
          pooling,
          normalize: false,
          tokenBudget,
          onProgress: (p) => done.push(p.done),
        });
        expect(done.at(-1)).toBe(documents.length);
        for (const [d, vector] of got.entries()) {
          const [start, end] = [varlen.cuSeqlens[d]!, varlen.cuSeqlens[d + 1]!];
          const want = Float32Array.from({ length: D }, (_, i) => {
            if (end === start) return 0;
            if (pooling === "last") return rows[(end - 1) * D + i]!;
            let sum = 0;
            for (let t = start; t < end; t++) sum += rows[t * D + i]!;
            return sum / (end - start);
          });
          if (end > start) expect(relativeError(vector, want)).toBeLessThan(1e-5);
          else expect(vector).toEqual(want);
        }
      }
    const [unit] = await embed(model, [documents[0]!]);
    expect(Math.hypot(...unit!)).toBeCloseTo(1, 6);
    expect(ops.memory().tensors).toBe(before);
  });

  it("leaves nothing behind an abort between two parts", async () => {
    const before = model.ops.memory().tensors;
    const controller = new AbortController();
    const signal = controller.signal;
    const stopped = score(model, documents, {
      tokenBudget: 64,
      signal,
      onProgress: () => controller.abort("enough"),
    });
    await expect(stopped).rejects.toThrow(AbortedError);
    expect(model.ops.memory().tensors).toBe(before);
  });

  it("packs texts with feature sequences of different lengths: a worked example", async () => {
    const { ops } = model;
    const before = ops.memory().tensors;
    const D = model.architecture.hiddenSize;
    const random = randomStream(9);
    // an image of 6 patches and a sound of 11 frames, projected to the model's width
    const [image, sound] = [6, 11].map((n) =>
      ops.tensor(
        Float32Array.from({ length: n * D }, () => random() - 0.5),
        [n, D],
      ),
    ) as [CpuTensor, CpuTensor];
    const [see, and, hear] = [bytes(9, 1), bytes(3, 2), bytes(20, 3)];
    const sequences = [[see, image, and], [hear], [sound], [sound, hear, image]];
    const { inputsEmbeds, varlen } = interleave(model, sequences);
    expect([...varlen.lengths]).toEqual([18, 20, 11, 37]);
    const { logits } = model.forward({ inputsEmbeds, varlen, rows: "last" });
    const packed = await ops.read(logits);
    const V = model.architecture.vocabSize;
    for (const [n, sequence] of sequences.entries()) {
      const one = interleave(model, [sequence]);
      const alone = model.forward({ ...one, rows: "last" });
      const want = await ops.read(alone.logits);
      expect(relativeError(packed.subarray(n * V, (n + 1) * V), want)).toBeLessThan(1e-5);
      for (const x of [one.inputsEmbeds, alone.logits]) x.dispose();
    }
    const engine = new Engine(model, { maxSequences: 4, tokenBudget: 68 });
    const results = sequences.map(
      (prompt) => engine.submit({ prompt, maxNewTokens: 3, temperature: 0 }).result,
    );
    for (const [n, { tokens }] of (await Promise.all(results)).entries()) {
      const row = packed.subarray(n * V, (n + 1) * V);
      expect(tokens[0]).toBe(row.indexOf(Math.max(...row)));
    }
    await engine.close();
    for (const x of [inputsEmbeds, logits, image, sound]) x.dispose();
    expect(ops.memory().tensors).toBe(before);
    expect(() => interleave(model, [[ops.full(0, [2, D + 1])]])).toThrow(`features must be [n, ${D}]`);
  });

  it("takes embeddings of tokens for the tokens, with gradients to features and to the table", async () => {
    const { ops, architecture } = model;
    const text = bytes(12, 6);
    const { logits } = model.forward(pack([text]));
    const embedded = model.embed(text.subarray(4, 9));
    const mixed = interleave(model, [[text.subarray(0, 4), embedded, text.subarray(9)]]);
    const same = model.forward(mixed);
    expect(await ops.read(same.logits)).toEqual(await ops.read(logits));
    const tape = createTape<CpuTensor>(ops);
    const table = tape.watch(model.parameters.get(architecture.embeddingName)!);
    const feature = tape.watch(embedded);
    const { inputsEmbeds } = interleave({ ops: tape.ops, architecture, weights: () => table }, [
      [text.subarray(0, 4), feature, text.subarray(9)],
    ]);
    const D = architecture.hiddenSize;
    const seed = ops.tensor(
      Float32Array.from({ length: 12 * D }, (_, i) => i + 1),
      [12, D],
    );
    const [ofTable, ofFeature] = tape.gradients([{ of: inputsEmbeds, seed }], [table, feature]);
    const flowed = await ops.read(seed);
    expect(await ops.read(ofFeature!)).toEqual(flowed.slice(4 * D, 9 * D));
    const rows = await ops.read(ofTable!);
    const want = new Float32Array(rows.length);
    for (const t of [0, 1, 2, 3, 9, 10, 11])
      for (let i = 0; i < D; i++) want[text[t]! * D + i]! += flowed[t * D + i]!;
    expect(rows).toEqual(want);
  });
});
