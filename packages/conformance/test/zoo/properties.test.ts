import { AbortedError, DisposedError, ShapeError } from "@webfla/ops";
import type { CpuTensor } from "@webfla/reference";
import { fromLengths, pack } from "@webfla/varlen";
import { generate, type Model, type ModelState, score, selectState } from "@webfla/zoo";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { load, relativeError } from "./checkpoints";

const token = fc.nat(255);
const document = (minLength: number, maxLength: number) =>
  fc.array(token, { minLength, maxLength }).map((ids) => Int32Array.from(ids));
const documents = fc.array(document(0, 40), { minLength: 1, maxLength: 5 });

describe.each(["models/gated_deltanet", "models/hybrid_gated_deltanet"])("%s", (name) => {
  let model: Model<CpuTensor>;
  beforeAll(async () => {
    model = await load(name);
  });

  /** Logits of each document in one packed pass. */
  async function logitsOf(batch: readonly Int32Array[]): Promise<Float32Array[]> {
    const { tokens, varlen } = pack(batch);
    const { logits } = model.forward({ tokens, varlen });
    const all = (await model.ops.read(logits)) as Float32Array;
    logits.dispose();
    return batch.map((_, n) => all.slice(varlen.cuSeqlens[n]! * 256, varlen.cuSeqlens[n + 1]! * 256));
  }

  it("gives a document the same bits whatever its neighbours are", async () => {
    const property = fc.asyncProperty(documents, document(1, 40), documents, async (before, own, after) => {
      const packed = await logitsOf([...before, own, ...after]);
      const changed = before.map((d) => d.map((t) => 255 - t));
      const beside = await logitsOf([...changed, own, ...after.slice(1)]);
      expect(packed[before.length]).toEqual(beside[before.length]);
      expect(relativeError((await logitsOf([own]))[0]!, packed[before.length]!)).toBeLessThan(1e-5);
    });
    await fc.assert(property, { numRuns: 10 });
  });

  it("goes on from a state, wherever documents are cut, as if they were whole", async () => {
    const cuts = fc.array(fc.tuple(document(1, 40), fc.array(fc.nat(12), { maxLength: 5 })), {
      minLength: 1,
      maxLength: 4,
    });
    const property = fc.asyncProperty(cuts, async (cases) => {
      const whole = await logitsOf(cases.map(([d]) => d));
      const parts: number[][] = cases.map(() => []);
      const steps = Math.max(...cases.map(([, sizes]) => sizes.length)) + 1;
      const done = cases.map(() => 0);
      let state: ModelState<CpuTensor> | undefined;
      for (let s = 0; s < steps; s++) {
        const batch = cases.map(([d, sizes], n) => {
          const start = done[n]!;
          done[n] = s === steps - 1 ? d.length : Math.min(d.length, start + (sizes[s] ?? 0));
          return d.slice(start, done[n]);
        });
        const { tokens, varlen } = pack(batch);
        const next = model.forward({ tokens, varlen, state, wantState: true });
        state?.dispose();
        state = next.state!;
        expect([...state.behind]).toEqual(done);
        const logits = await model.ops.read(next.logits);
        next.logits.dispose();
        for (const n of cases.keys())
          for (const x of logits.subarray(varlen.cuSeqlens[n]! * 256, varlen.cuSeqlens[n + 1]! * 256))
            parts[n]!.push(x);
      }
      state?.dispose();
      for (const [n, want] of whole.entries()) expect(relativeError(parts[n]!, want)).toBeLessThan(1e-5);
    });
    await fc.assert(property, { numRuns: 10 });
  });

  it("selects, orders and forks sequences of a state", async () => {
    const prompts = [[1, 2, 3], [4], [5, 6, 7, 8, 9]].map((ids) => Int32Array.from(ids));
    const { state, logits } = model.forward({ ...pack(prompts), wantState: true });
    const forked = selectState(model.ops, state!, [2, 0, 2]);
    state!.dispose();
    expect([...forked.behind]).toEqual([5, 3, 5]);
    const next = model.forward({
      tokens: Int32Array.of(10, 11, 12),
      varlen: fromLengths([1, 1, 1]),
      state: forked,
    });
    const got = await model.ops.read(next.logits);
    const want = await logitsOf([
      Int32Array.of(5, 6, 7, 8, 9, 10),
      Int32Array.of(1, 2, 3, 11),
      Int32Array.of(5, 6, 7, 8, 9, 12),
    ]);
    for (const [n, w] of want.entries())
      expect(relativeError(got.subarray(n * 256, (n + 1) * 256), w.subarray(-256))).toBeLessThan(1e-5);
    for (const x of [forked, next.logits, logits]) x.dispose();
  });

  it("gives the logits of last tokens, zeros for an empty sequence, and the hidden states behind them", async () => {
    const batch = [[1, 2], [], [3, 4, 5]].map((ids) => Int32Array.from(ids));
    const { logits, hidden } = model.forward({ ...pack(batch), rows: "last", wantHidden: true });
    const last = await model.ops.read(logits);
    const all = await logitsOf(batch);
    expect(relativeError(last.subarray(0, 256), all[0]!.subarray(-256))).toBeLessThan(1e-6);
    expect(last.subarray(256, 512).every((x) => x === 0)).toBe(true);
    expect(relativeError(last.subarray(512), all[2]!.subarray(-256))).toBeLessThan(1e-6);
    expect(hidden!.shape).toEqual([3, 64]);
    for (const x of [logits, hidden!]) x.dispose();
  });

  it("scores alike in one pass and under a budget, in the order of the documents", async () => {
    const property = fc.asyncProperty(
      documents,
      fc.integer({ min: 3, max: 90 }),
      async (batch, tokenBudget) => {
        const [once, budgeted] = [await score(model, batch), await score(model, batch, { tokenBudget })];
        for (const [n, { nats, tokens, bitsPerToken }] of once.entries()) {
          expect(budgeted[n]!.nats).toBeCloseTo(nats, 3);
          expect(tokens).toBe(Math.max(0, batch[n]!.length - 1));
          expect(bitsPerToken).toBeCloseTo(tokens ? nats / Math.LN2 / tokens : 0, 9);
        }
      },
    );
    await fc.assert(property, { numRuns: 10 });
    await expect(score(model, [], { tokenBudget: 0 })).rejects.toThrow(
      "tokenBudget must be an integer from 1",
    );
    expect((await score(model, [Int32Array.of(1, 2, 3)], { bytes: [1] }))[0]!.bitsPerByte).toBeGreaterThan(1);
    expect(await score(model, [])).toEqual([]);
  });

  it("gives a prompt the tokens it gets alone, with the stream of its own", async () => {
    const prompt = document(1, 20);
    const prompts = fc.array(prompt, { minLength: 1, maxLength: 4 });
    const property = fc.asyncProperty(prompts, fc.nat(1000), async (batch, seed) => {
      const options = { maxNewTokens: 12, temperature: 0.7, topP: 0.9, stopTokens: [...Array(24).keys()] };
      const together = batch.map((): number[] => []);
      for await (const { sequence, token, finished } of generate(model, {
        ...options,
        prompts: batch,
        seed,
      })) {
        const tokens = together[sequence]!;
        tokens.push(token);
        expect(finished).toBe(token < 24 ? "stop" : tokens.length === 12 ? "length" : undefined);
      }
      for (const [n, own] of batch.entries()) {
        const alone: number[] = [];
        for await (const { token } of generate(model, { ...options, prompts: [own], seed: seed + n }))
          alone.push(token);
        expect(together[n]).toEqual(alone);
      }
    });
    await fc.assert(property, { numRuns: 5 });
  });

  it("leaves nothing on the device, however generation ends", async () => {
    const prompts = [Int32Array.of(1, 2), Int32Array.of(3)];
    const args = { prompts, maxNewTokens: 8, temperature: 0 };
    const before = model.ops.memory().tensors;
    for await (const { finished } of generate(model, args))
      expect(model.ops.memory().tensors > before).toBe(!finished);
    expect(model.ops.memory().tensors).toBe(before);
    for await (const _ of generate(model, args)) break;
    expect(model.ops.memory().tensors).toBe(before);
    const controller = new AbortController();
    const aborted = (async () => {
      for await (const _ of generate(model, { ...args, signal: controller.signal }))
        controller.abort("enough");
    })();
    await expect(aborted).rejects.toThrow(AbortedError);
    expect(model.ops.memory().tensors).toBe(before);
    await score(model, prompts);
    expect(model.ops.memory().tensors).toBe(before);
  });

  it("keeps nothing but what it returns, and a scope takes even that", () => {
    const before = model.ops.memory().tensors;
    const { logits, state } = model.forward({ ...pack([Int32Array.of(1, 2)]), wantState: true });
    logits.dispose();
    state!.dispose();
    expect(model.ops.memory().tensors).toBe(before);
    const kept = model.ops.scope(
      () => model.forward({ ...pack([Int32Array.of(1, 2)]), wantState: true }).state!,
    );
    expect(kept.layers[0]!.tensors["recurrent"]!.disposed).toBe(false);
    kept.dispose();
    expect(model.ops.memory().tensors).toBe(before);
  });

  it("refuses what does not fit, and says what", async () => {
    const one = fromLengths([1]);
    expect(() => model.forward({ tokens: Int32Array.of(1, 2), varlen: one })).toThrow(
      "tokens must number 1 (the batch's), got 2",
    );
    expect(() => model.forward({ tokens: Int32Array.of(256), varlen: one })).toThrow(
      "ids in 0..255, got 256 at 0",
    );
    expect(() => model.forward({ tokens: Int32Array.of(-1), varlen: one })).toThrow(ShapeError);
    const { state, logits } = model.forward({ tokens: Int32Array.of(1), varlen: one, wantState: true });
    const two = { tokens: Int32Array.of(1, 2), varlen: fromLengths([1, 1]), state };
    expect(() => model.forward(two)).toThrow("the state must be of 2 sequences");
    expect(() => selectState(model.ops, state!, [1])).toThrow("integers in 0..0, got 1");
    for (const x of [state!, logits]) x.dispose();
    const empty = generate(model, { prompts: [new Int32Array(0)], maxNewTokens: 1 });
    await expect(empty.next()).rejects.toThrow("at least one token, got none in prompt 0");
  });
});

it("a disposed model is empty and says so", async () => {
  const model = await load("models/gated_deltanet");
  model.dispose();
  expect(model.ops.memory().tensors).toBe(0);
  const forward = () => model.forward({ tokens: Int32Array.of(1), varlen: fromLengths([1]) });
  expect(forward).toThrow(DisposedError);
});
