// Every model of the zoo, tiny and with random parameters: what must hold of all of them.
import type { Ops, Tensor } from "@webfla/ops";
import { type CpuTensor, createCpu } from "@webfla/reference";
import { fromMask, pack } from "@webfla/varlen";
import { type Model, type ModelState, modelTypes, savePretrained, selectState } from "@webfla/zoo";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tinyCheckpoint, tinyConfigs, tinyModel } from "../../src/zoo";
import { relativeError } from "./checkpoints";

const VOCABULARY = 64;
const document = (maxLength: number, minLength = 0) =>
  fc.array(fc.nat(VOCABULARY - 1), { minLength, maxLength }).map((ids) => Int32Array.from(ids));
const documents = fc.array(document(24), { maxLength: 4 });

/** Logits of each document in one packed pass, and what the model remembers. */
async function step<T extends Tensor>(
  model: Model<T>,
  batch: readonly Int32Array[],
  state?: ModelState<T>,
): Promise<{ logits: Float32Array[]; state: ModelState<T> }> {
  const { tokens, varlen } = pack(batch);
  const next = model.forward({ tokens, varlen, state, wantState: true });
  const all = (await model.ops.read(next.logits)) as Float32Array;
  next.logits.dispose();
  const of = (n: number) =>
    all.slice(varlen.cuSeqlens[n]! * VOCABULARY, varlen.cuSeqlens[n + 1]! * VOCABULARY);
  return { logits: batch.map((_, n) => of(n)), state: next.state! };
}

async function logitsOf<T extends Tensor>(
  model: Model<T>,
  batch: readonly Int32Array[],
): Promise<Float32Array[]> {
  const { logits, state } = await step(model, batch);
  state.dispose();
  return logits;
}

it("a tiny model stands for every model type", () => {
  const types = new Set(Object.values(tinyConfigs).map((config) => config.model_type));
  expect([...types].sort()).toEqual([...modelTypes].sort());
});

describe.each(Object.keys(tinyConfigs))("%s", (name) => {
  let ops: Ops<CpuTensor>;
  let model: Model<CpuTensor>;
  let alive: number;
  beforeAll(async () => {
    ops = createCpu({ poison: true });
    model = await tinyModel(ops, name);
    alive = ops.memory().tensors;
  });
  afterAll(() => {
    expect(ops.memory().tensors).toBe(alive);
    model.dispose();
    expect(ops.memory().tensors).toBe(0);
    ops.dispose();
  });

  it("gives a document the same bits whatever its neighbours are, and the logits that it has alone", async () => {
    const property = fc.asyncProperty(documents, document(24, 1), documents, async (before, own, after) => {
      const packed = (await logitsOf(model, [...before, own, ...after]))[before.length]!;
      const changed = before.map((d) => d.map((t) => VOCABULARY - 1 - t));
      const beside = (await logitsOf(model, [...changed, own, ...after.slice(1)]))[before.length]!;
      expect(beside).toEqual(packed);
      expect(relativeError((await logitsOf(model, [own]))[0]!, packed)).toBeLessThan(1e-5);
    });
    await fc.assert(property, { numRuns: 5 });
  });

  it("goes on from what it remembers, wherever documents are cut, as if they were whole", async () => {
    const cuts = fc.array(fc.tuple(document(24, 1), fc.array(fc.nat(7), { maxLength: 4 })), {
      minLength: 1,
      maxLength: 3,
    });
    const property = fc.asyncProperty(cuts, async (cases) => {
      const whole = await logitsOf(
        model,
        cases.map(([d]) => d),
      );
      const parts: number[][] = cases.map(() => []);
      const done = cases.map(() => 0);
      const steps = Math.max(...cases.map(([, sizes]) => sizes.length)) + 1;
      let state: ModelState<CpuTensor> | undefined;
      for (let s = 0; s < steps; s++) {
        const batch = cases.map(([d, sizes], n) => {
          const start = done[n]!;
          done[n] = s === steps - 1 ? d.length : Math.min(d.length, start + (sizes[s] ?? 0));
          return d.slice(start, done[n]);
        });
        const next = await step(model, batch, state);
        state?.dispose();
        state = next.state;
        for (const [n, logits] of next.logits.entries()) parts[n]!.push(...logits);
      }
      state?.dispose();
      for (const [n, want] of whole.entries()) expect(relativeError(parts[n]!, want)).toBeLessThan(2e-5);
    });
    await fc.assert(property, { numRuns: 5 });
  });

  it("decodes token by token what it prefills at once", async () => {
    const own = Int32Array.from({ length: 20 }, (_, i) => (i * 29) % VOCABULARY);
    const [want] = await logitsOf(model, [own]);
    const got: number[] = [];
    let state: ModelState<CpuTensor> | undefined;
    for (const token of own) {
      const next = await step(model, [Int32Array.of(token)], state);
      state?.dispose();
      state = next.state;
      got.push(...next.logits[0]!);
    }
    state!.dispose();
    expect(relativeError(got, want!)).toBeLessThan(2e-5);
  });

  it("takes lengths 2 and 1 for a prompt and a token, not for two decoded tokens", async () => {
    const [first, second] = [Int32Array.of(3, 5), Int32Array.of(7)];
    const together = await logitsOf(model, [first, second]);
    for (const [n, own] of [first, second].entries())
      expect(relativeError((await logitsOf(model, [own]))[0]!, together[n]!)).toBeLessThan(1e-5);
  });

  it("restores a snapshot exactly, and forks go their own ways", async () => {
    const opened = await step(model, [Int32Array.of(1, 2, 3, 4, 5), Int32Array.of(6)]);
    const forked = selectState(ops, opened.state, [0, 1, 0]);
    const ahead = await step(
      model,
      [7, 8].map((t) => Int32Array.of(t)),
      opened.state,
    );
    const again = await step(
      model,
      [7, 8, 9].map((t) => Int32Array.of(t)),
      forked,
    );
    expect(again.logits.slice(0, 2)).toEqual(ahead.logits);
    expect(again.logits[2]).not.toEqual(again.logits[0]);
    for (const s of [opened.state, forked, ahead.state, again.state]) s.dispose();
  });

  it("gives back the bytes that it was loaded from", async () => {
    const { config, weights } = tinyCheckpoint(name);
    const files = new Map<string, Blob>();
    await savePretrained(model, files);
    expect(
      Buffer.from(await files.get("model.safetensors")!.arrayBuffer()).equals(Buffer.from(weights)),
    ).toBe(true);
    expect(JSON.parse(await files.get("config.json")!.text())).toEqual(config);
  });

  it("gives the same bits for documents padded on the left, on the right, masked, or packed", async () => {
    const batch = [Int32Array.of(1, 2, 3), Int32Array.of(4), Int32Array.of(5, 6, 7, 8)];
    const packed = await logitsOf(model, batch);
    for (const side of ["left", "right"] as const) {
      const rows = batch.map((d) => {
        const padding = new Array<number>(4 - d.length).fill(-1);
        return side === "left" ? [...padding, ...d] : [...d, ...padding];
      });
      const mask = Uint8Array.from(rows.flat(), (t) => Number(t >= 0));
      const varlen = fromMask(mask, { shape: [3, 4], side });
      const tokens = Int32Array.from(rows.flat().filter((t) => t >= 0));
      const { logits } = model.forward({ tokens, varlen });
      expect(await ops.read(logits)).toEqual(Float32Array.from(packed.flatMap((x) => [...x])));
      logits.dispose();
    }
  });
});
