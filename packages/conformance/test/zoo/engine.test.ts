// The engine under a random script of arrivals, aborts and stops: every request gets what it gets alone.
import type { Tensor } from "@webfla/ops";
import { AbortedError, DeviceLostError } from "@webfla/ops";
import { type CpuTensor, createCpu } from "@webfla/reference";
import { createWebGpu } from "@webfla/wgsl";
import {
  BusyError,
  byteTokenizer,
  Engine,
  type EngineOptions,
  type GenerationRequest,
  generate,
  loadSnapshot,
  type Model,
} from "@webfla/zoo";
import { randomStream } from "@webfla/zoo/generate";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { forEachAdapter } from "../../src/adapters";
import { tinyConfigs, tinyModel } from "../../src/zoo";

interface Script {
  readonly requests: number;
  readonly longest: number;
  readonly engine: EngineOptions;
}

interface Arrival {
  readonly request: Omit<GenerationRequest<Tensor>, "prompt" | "from"> & { readonly prompt: Int32Array };
  /** Steps of the engine before it comes. */
  readonly after: number;
  /** Tokens after which it is aborted. */
  readonly abortAt: number | undefined;
}

const text = (random: () => number, length: number): Int32Array =>
  Int32Array.from({ length }, () => Math.floor(random() * 64));

/** Most prompts are short, some of the longest; most draw, some are greedy; some stop, some are aborted. */
function arrivals({ requests, longest }: Script, seed: number): readonly Arrival[] {
  const random = randomStream(seed);
  let after = 0;
  return Array.from({ length: requests }, (_, i) => {
    after += Math.floor(random() ** 3 * 6);
    const length = i === 0 ? longest : Math.max(1, Math.floor(longest ** random()));
    return {
      after,
      abortAt: random() < 0.15 ? Math.floor(random() * 6) : undefined,
      request: {
        prompt: text(random, length),
        maxNewTokens: 1 + Math.floor(random() * 12),
        temperature: random() < 0.3 ? 0 : 0.5 + random(),
        topK: random() < 0.5 ? 0 : 40,
        topP: random() < 0.5 ? 1 : 0.9,
        seed: 1000 + i,
        stopTokens: random() < 0.3 ? Array.from(text(random, 8)) : [],
      },
    };
  });
}

/** What a request gets with nobody beside it. */
async function alone<T extends Tensor>(
  model: Model<T>,
  { prompt, ...request }: Arrival["request"],
): Promise<number[]> {
  const tokens: number[] = [];
  for await (const { token } of generate(model, { ...request, prompts: [prompt] })) tokens.push(token);
  return tokens;
}

/** Plays the script and holds every request against itself alone. Returns how many were aborted. */
async function play<T extends Tensor>(model: Model<T>, script: Script, seed: number): Promise<number> {
  const before = model.ops.memory().tensors;
  const engine = new Engine(model, script.engine);
  const order = arrivals(script, seed);
  const ends = order.map(async ({ request, after, abortAt }) => {
    while (engine.stats.steps < after && (engine.stats.running || engine.stats.queued))
      await new Promise(setImmediate);
    const controller = new AbortController();
    const generation = engine.submit({ ...request, signal: controller.signal });
    const tokens: number[] = [];
    if (abortAt === 0) controller.abort("script");
    try {
      for await (const { token } of generation) {
        tokens.push(token);
        if (tokens.length === abortAt) controller.abort("script");
      }
      return { tokens, aborted: false };
    } catch (error) {
      expect(error).toBeInstanceOf(AbortedError);
      return { tokens, aborted: true };
    }
  });
  const got = await Promise.all(ends);
  await engine.close();
  expect(engine.stats).toMatchObject({ running: 0, queued: 0 });
  expect(model.ops.memory().tensors).toBe(before);
  for (const [i, { tokens, aborted }] of got.entries()) {
    const { request, abortAt } = order[i]!;
    const want = await alone(model, request);
    expect(tokens, `request ${i}`).toEqual(aborted ? want.slice(0, abortAt) : want);
  }
  expect(model.ops.memory().tensors).toBe(before);
  return got.filter(({ aborted }) => aborted).length;
}

describe("cpu", () => {
  let model: Model<CpuTensor>;
  beforeAll(async () => {
    model = await tinyModel(createCpu({ poison: true }), "gated_deltanet");
  });
  const prompt = text(randomStream(5), 40);

  it("gives each of 200 requests the tokens that it gets alone, and ends with the buffers it began with", async () => {
    const engine = { maxSequences: 16, maxQueued: 200, tokenBudget: 700 };
    const aborted = await play(model, { requests: 200, longest: 2000, engine }, 1);
    expect(aborted).toBeGreaterThan(5);
  });

  it("runs hybrids too, whose states differ in length", async () => {
    const hybrid = await tinyModel(createCpu(), "gated_deltanet, hybrid");
    await play(hybrid, { requests: 30, longest: 300, engine: { maxSequences: 5, tokenBudget: 130 } }, 2);
  });

  it.each(Object.keys(tinyConfigs))("runs %s", async (name) => {
    const each = await tinyModel(createCpu(), name);
    await play(each, { requests: 5, longest: 100, engine: { maxSequences: 3, tokenBudget: 67 } }, 4);
  });

  it("goes on with parameters that were replaced between two steps", async () => {
    const other = await tinyModel(createCpu(), "gated_deltanet");
    const { ops, parameters, architecture } = other;
    const engine = new Engine(other);
    const request = { prompt, maxNewTokens: 6, temperature: 0 };
    const first = (await engine.submit(request).result).tokens;
    const head = parameters.get(architecture.headName)!;
    parameters.set(architecture.headName, ops.affine({ x: head, scale: -1 }));
    head.dispose();
    const second = (await engine.submit(request).result).tokens;
    expect(second).not.toEqual(first);
    expect([...second]).toEqual(await alone(other, request));
  });

  it("ends the text before a stop string, and holds back what may begin one", async () => {
    const engine = new Engine(model, { tokenizer: byteTokenizer });
    const request = { prompt, maxNewTokens: 60, seed: 3 };
    const whole = await engine.submit(request).result;
    expect(whole.finished).toBe("length");
    const stop = [whole.text.slice(20, 23)];
    const cut = whole.text.indexOf(stop[0]!);
    const generation = engine.submit({ ...request, stop });
    let streamed = "";
    for await (const piece of generation) streamed += piece.text;
    const { text, finished, tokens, logProbabilities } = await generation.result;
    expect(finished).toBe("stop");
    expect(text).toBe(whole.text.slice(0, cut));
    expect(streamed).toBe(text);
    expect(tokens).toEqual(whole.tokens.slice(0, tokens.length));
    expect(logProbabilities).toHaveLength(tokens.length);
    await engine.close();
  });

  it("refuses what is too much and what cannot be, and goes on", async () => {
    const engine = new Engine(model, { maxSequences: 1, maxQueued: 1 });
    const request = { prompt, maxNewTokens: 3, temperature: 0 };
    const taken = [engine.submit(request), engine.submit(request)];
    expect(() => engine.submit(request)).toThrow(BusyError);
    const [a, b] = await Promise.all(taken.map((g) => g.result));
    expect(a!.tokens).toEqual(b!.tokens);
    expect(() => engine.submit({ ...request, prompt: Int32Array.of(999) })).toThrow("ids in 0..63, got 999");
    expect(() => engine.submit({ ...request, prompt: new Int32Array(0) })).toThrow("at least one token");
    expect(() => engine.submit({ ...request, topP: 2 })).toThrow("engine: topP must be in (0, 1], got 2");
    expect(() => engine.submit({ ...request, stop: ["x"] })).toThrow("must have a tokenizer");
    expect(() => new Engine(model, { tokenBudget: 64 })).toThrow("tokenBudget must be an integer from 96");
    await engine.close();
    expect(() => engine.submit(request)).toThrow("must be open, got a closed one");
  });

  it("forks from a snapshot, sets back to one, and goes on from a file elsewhere", async () => {
    const { ops } = model;
    const before = ops.memory().tensors;
    const engine = new Engine(model);
    const options = { maxNewTokens: 12, temperature: 0.9, seed: 8 };
    const whole = (await engine.submit({ ...options, prompt }).result).tokens;
    const prefix = await engine.prefill({ prompt: prompt.subarray(0, 30) });
    expect(prefix.tokens).toBe(30);
    const forks = [0, 1].map(() =>
      engine.submit({ ...options, from: prefix, prompt: prompt.subarray(30), keep: true }),
    );
    for (const fork of forks) {
      const { tokens, snapshot } = await fork.result;
      expect(tokens).toEqual(whole);
      expect(snapshot!.tokens).toBe(52);
      snapshot!.dispose();
    }
    const half = await engine.submit({
      ...options,
      from: prefix,
      prompt: prompt.subarray(30),
      maxNewTokens: 5,
      keep: true,
    }).result;
    const file = await half.snapshot!.save();
    const elsewhere = await tinyModel(createCpu(), "gated_deltanet");
    const loaded = await loadSnapshot(elsewhere, file);
    const other = new Engine(elsewhere);
    const rest = await other.submit({ from: loaded, maxNewTokens: 7, temperature: 0.9 }).result;
    expect([...half.tokens, ...rest.tokens]).toEqual([...whole]);
    const back = engine.submit({ ...options, prompt });
    const tokens: number[] = [];
    let from = 0;
    for await (const { token } of back) {
      tokens.push(token);
      if (tokens.length !== 4) continue;
      const snapshot = await back.snapshot();
      from = snapshot.tokens - prompt.length;
      await back.rollback(snapshot);
      snapshot.dispose();
    }
    // it may have gone on before it was set back; what follows is what followed the snapshot
    const possible = Array.from({ length: 13 - from }, (_, more) => [
      ...whole.slice(0, from + more),
      ...whole.slice(from, 12 - more),
    ]);
    expect(possible).toContainEqual(tokens);
    for (const x of [prefix, half.snapshot!, loaded]) x.dispose();
    await engine.close();
    expect(ops.memory().tensors).toBe(before);
    await expect(loadSnapshot(model, new Uint8Array(64))).rejects.toThrow("snapshot");
  });

  it("ends a request whose reader leaves, and all of them when the device fails", async () => {
    const before = model.ops.memory().tensors;
    const engine = new Engine(model);
    const left = engine.submit({ prompt, maxNewTokens: 100 });
    for await (const _ of left) break;
    await expect(left.result).rejects.toThrow(AbortedError);
    const read = vi.spyOn(model.ops, "read").mockRejectedValue(new DeviceLostError("the device is gone"));
    const failing = new Engine(model, { maxSequences: 2 });
    const lost = [1, 2, 3].map(() => failing.submit({ prompt, maxNewTokens: 4 }).result);
    for (const result of lost) await expect(result).rejects.toThrow(DeviceLostError);
    read.mockRestore();
    await engine.close();
    await failing.close();
    expect(model.ops.memory().tensors).toBe(before);
  });

  it("ends the request alone whose logits are not finite", async () => {
    const engine = new Engine(model);
    const hidden = model.architecture.hiddenSize;
    const bad = model.ops.tensor(new Float32Array(2 * hidden).fill(Number.NaN), [2, hidden]);
    const before = model.ops.memory().tensors;
    const request = { maxNewTokens: 4, temperature: 0 };
    const results = [
      engine.submit({ ...request, prompt: [prompt, bad] }),
      engine.submit({ ...request, prompt }),
    ];
    await expect(results[0]!.result).rejects.toThrow("logits must be finite, got NaN");
    expect((await results[1]!.result).tokens).toHaveLength(4);
    await engine.close();
    expect(model.ops.memory().tensors).toBe(before);
    bad.dispose();
  });
});

forEachAdapter(({ open, storages }) => {
  it("gives each of 8 requests the tokens that it gets alone, and ends with the buffers it began with", async ({
    skip,
  }) => {
    skip(!storages.includes("f32"), "it runs where f32 does");
    const ops = await createWebGpu({ adapter: await open() });
    const model = await tinyModel(ops, "gated_deltanet");
    await play(model, { requests: 8, longest: 150, engine: { maxSequences: 3, tokenBudget: 128 } }, 3);
    ops.dispose();
  });
});
