import { createOps } from "@webfla/ops";
import { createCpu, createCpuBackend } from "@webfla/reference";
import { fromLengths, IGNORE_INDEX, nextTokenLabels, pack } from "@webfla/varlen";
import { accumulateGradients, countTargets, lossAndGradients } from "@webfla/zoo/train";
import { describe, expect, it } from "vitest";
import { tinyModel } from "../../src/zoo";
import { apart, batchOf, documents, takeAll, takeNumber } from "./tools";

const ops = createCpu({ poison: true });

it("weighs batches by their targets, so that batches of any sizes are one big batch", async () => {
  const model = await tinyModel(ops, "gated_deltanet");
  const docs = documents([30, 2, 5, 1]);
  const whole = lossAndGradients(model, batchOf(docs));
  const parts = accumulateGradients(model, [batchOf(docs.slice(0, 1)), batchOf(docs.slice(1))]);
  expect(parts.targets).toBe(29 + 1 + 4);
  expect(await takeNumber(ops, parts.loss)).toBeCloseTo(await takeNumber(ops, whole.loss), 5);
  expect(apart(await takeAll(ops, parts.gradients), await takeAll(ops, whole.gradients))).toBeLessThan(1e-5);
  model.dispose();
});

it("learns from the labels it is given, and from nothing where all are ignored", async () => {
  const model = await tinyModel(ops, "gla");
  const batch = batchOf(documents([6, 5]));
  const labels = nextTokenLabels(batch.tokens, batch.varlen).fill(IGNORE_INDEX, 0, 8);
  const found = lossAndGradients(model, { ...batch, labels });
  expect(found.targets).toBe(countTargets(labels));
  // the first document has no label, so its tokens' embeddings get nothing but through the second's
  const only = lossAndGradients(model, {
    ...pack([batch.tokens.slice(6)]),
    labels: labels.slice(6),
  });
  expect(await takeNumber(ops, found.loss)).toBeCloseTo(await takeNumber(ops, only.loss), 5);
  expect(apart(await takeAll(ops, found.gradients), await takeAll(ops, only.gradients))).toBeLessThan(1e-5);
  const none = lossAndGradients(model, { ...batch, labels: labels.fill(IGNORE_INDEX) });
  expect(await takeNumber(ops, none.loss)).toBe(0);
  for (const g of (await takeAll(ops, none.gradients)).values()) expect(g.every((x) => x === 0)).toBe(true);
  model.dispose();
});

it("smooths labels and holds logits down", async () => {
  const model = await tinyModel(ops, "gated_deltanet");
  const batch = batchOf(documents([7, 12]));
  const { logits } = model.forward(batch);
  const z = await ops.read(logits);
  logits.dispose();
  const labels = nextTokenLabels(batch.tokens, batch.varlen);
  const [smoothing, square] = [0.1, 0.01];
  let want = 0;
  for (const [t, label] of labels.entries()) {
    if (label === IGNORE_INDEX) continue;
    const row = [...z.subarray(t * 64, (t + 1) * 64)];
    const logSum = Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0));
    const mean = row.reduce((sum, x) => sum + x, 0) / 64;
    want += logSum - (1 - smoothing) * row[label]! - smoothing * mean + square * logSum ** 2;
  }
  const found = lossAndGradients(model, batch, { labelSmoothing: smoothing, zLoss: square });
  expect(await takeNumber(ops, found.loss)).toBeCloseTo(want / countTargets(labels), 4);
  await takeAll(ops, found.gradients);
  model.dispose();
});

it("gives the gradient of feature vectors, whose sum by token is the embedding's", async () => {
  const model = await tinyModel(ops, "rwkv7");
  const batch = batchOf(documents([8, 9]));
  const labels = nextTokenLabels(batch.tokens, batch.varlen);
  for (const recompute of [false, true]) {
    const inputsEmbeds = model.embed(batch.tokens);
    const features = lossAndGradients(model, { inputsEmbeds, varlen: batch.varlen, labels }, { recompute });
    const tokens = lossAndGradients(model, batch);
    const byToken = ops.scope(() =>
      ops.scatterAdd({ rows: features.inputsEmbeds!, index: ops.tensor(batch.tokens, [17]), count: 64 }),
    );
    const name = model.architecture.embeddingName;
    const [got, want] = [await ops.read(byToken), await ops.read(tokens.gradients.get(name)!)];
    expect(apart(new Map([["x", got as Float32Array]]), new Map([["x", want as Float32Array]]))).toBeLessThan(
      1e-5,
    );
    expect(features.gradients.has(name)).toBe(false);
    for (const x of [inputsEmbeds, features.inputsEmbeds!, features.loss, tokens.loss, byToken]) x.dispose();
    for (const { gradients } of [features, tokens]) await takeAll(ops, gradients);
  }
  model.dispose();
  expect(ops.memory().tensors).toBe(0);
});

it.each(["gated_deltanet, hybrid", "rwkv6", "mamba2"])(
  "%s: goes on from a state, which is a constant",
  async (name) => {
    const model = await tinyModel(ops, name);
    const doc = documents([20])[0]!;
    const labels = Int32Array.of(...doc.subarray(1), IGNORE_INDEX);
    for (const recompute of [false, true]) {
      const whole = lossAndGradients(model, { ...pack([doc]) });
      const [first, second] = [0, 12].map((start, i) => {
        const end = i === 0 ? 12 : 20;
        return { ...pack([doc.slice(start, end)]), labels: labels.slice(start, end) };
      });
      const before = lossAndGradients(model, first!, { targets: 19, wantState: true, recompute });
      const after = lossAndGradients(model, { ...second!, state: before.state }, { targets: 19, recompute });
      const parts = (await takeNumber(ops, before.loss)) + (await takeNumber(ops, after.loss));
      expect(parts).toBeCloseTo(await takeNumber(ops, whole.loss), 4);
      before.state!.dispose();
      for (const { gradients } of [whole, before, after]) await takeAll(ops, gradients);
    }
    model.dispose();
    expect(ops.memory().tensors).toBe(0);
  },
);

it("keeps less with branches run again", async () => {
  const peaks: number[] = [];
  for (const recompute of [false, true]) {
    const own = createCpu();
    const model = await tinyModel(own, "gated_deltanet");
    const { gradients } = lossAndGradients(model, batchOf(documents([200, 300])), { recompute });
    for (const x of gradients.values()) x.dispose();
    peaks.push(own.memory().peakBytes);
  }
  expect(peaks[1]).toBeLessThan(0.7 * peaks[0]!);
});

it("gives gradients of the parameters that may learn, and no others", async () => {
  const model = await tinyModel(ops, "gla, with convolutions, tied");
  const { gradients, loss } = lossAndGradients(model, batchOf(documents([9])), {
    trainable: (name) => /mlp/.test(name),
  });
  expect([...gradients.keys()].every((name) => /mlp/.test(name))).toBe(true);
  expect(gradients.size).toBe(2 * 4);
  await takeNumber(ops, loss);
  await takeAll(ops, gradients);
  model.dispose();
});

describe("refuses", () => {
  it.each([false, true])(
    "what has no gradient on the device, and keeps nothing (recompute: %s)",
    async (recompute) => {
      const backend = createCpuBackend();
      const { linearAttention: _, ...backward } = backend.backward;
      const lacking = createOps({ ...backend, backward });
      const model = await tinyModel(lacking, "gated_deltanet");
      const live = lacking.memory().tensors;
      const batch = batchOf(documents([9]));
      expect(() => lossAndGradients(model, batch, { recompute })).toThrow(
        "linearAttention: it must have a gradient",
      );
      expect(lacking.memory().tensors).toBe(live);
    },
  );

  it("labels and tokens that do not fit", async () => {
    const model = await tinyModel(ops, "gla");
    const varlen = fromLengths([2]);
    const tokens = Int32Array.of(1, 2);
    const labels = Int32Array.of(1);
    expect(() => lossAndGradients(model, { tokens, varlen, labels })).toThrow(
      "labels must number 2 (the batch's tokens), got 1",
    );
    expect(() => lossAndGradients(model, { tokens: Int32Array.of(1, 64), varlen })).toThrow(
      "ids in 0..63, got 64 at 1",
    );
    const inputsEmbeds = ops.full(0, [2, 32]);
    expect(() => lossAndGradients(model, { inputsEmbeds, varlen })).toThrow("got none");
    inputsEmbeds.dispose();
    model.dispose();
    expect(ops.memory().tensors).toBe(0);
  });
});
