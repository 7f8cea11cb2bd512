// The server over gdn-byte itself, through the official client.
import { spawn } from "node:child_process";
import { createOps, DeviceLostError } from "@webfla/ops";
import { createCpu } from "@webfla/reference";
import { Model } from "@webfla/zoo";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadText } from "../src/checkpoint";
import { continuations } from "../src/continue";
import { EngineRunner } from "../src/serve/engine-runner";
import { type Listening, listen } from "../src/serve/listen";
import { at, webfla } from "./run";

const checkpoint = at("packages/conformance/fixtures/checkpoints/gdn-byte");
const ops = createCpu();
const cpu = { ops, name: "CPU", adapter: undefined };
const limits = { host: "127.0.0.1", port: 0, promptTokens: 4096, newTokens: 1000, bodyBytes: 2 ** 20 };
const places = { maxSequences: 4, maxQueued: 2, tokenBudget: 128 };

const loaded = await loadText(cpu, { dtype: "f32", checkpoint });
const runner = new EngineRunner(loaded, places);
const held = ops.memory().tensors;
let server: Listening;
let client: OpenAI;
beforeAll(async () => {
  server = await listen(runner, limits);
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "any", maxRetries: 0 });
});
afterAll(() => server.stop(0));

const idle = () => expect.poll(() => runner.load()).toEqual({ running: 0, queued: 0 });
const sampling = { maxNewTokens: 24, temperature: 0.8, topK: 0, topP: 1, seed: 7 };
const prompts = ["The whale", "A", "Fellow-Citizens of the Senate, ".repeat(6), "Call me", "It was", "No"];
const asked = { model: "gdn-byte", max_tokens: 24, temperature: 0.8 };

/** What a prompt gets alone. */
async function alone(prompt: string, seed: number): Promise<string> {
  let text = "";
  await continuations(loaded, [prompt], { ...sampling, seed }, (_, piece) => {
    text += piece;
  });
  return text;
}

describe("completions", () => {
  it("of requests that come together are those that each gets alone, embeddings between them too", async () => {
    const before = await client.embeddings.create({ model: "gdn-byte", input: prompts });
    const [texts, beside] = await Promise.all([
      Promise.all(prompts.map((prompt, i) => client.completions.create({ ...asked, prompt, seed: 7 + i }))),
      client.embeddings.create({ model: "gdn-byte", input: prompts }),
    ]);
    for (const [i, prompt] of prompts.entries())
      expect(texts[i]!.choices[0]!.text).toBe(await alone(prompt, 7 + i));
    expect(beside.data).toEqual(before.data);
    expect(Math.hypot(...before.data[0]!.embedding)).toBeCloseTo(1, 5);
    await idle();
    expect(ops.memory().tensors).toBe(held);
  });

  it("stream the text that webfla generate writes", async () => {
    const options = ["--max-new-tokens", "24", "--seed", "7", "--stop", "q", "--json", "--backend", "cpu"];
    const { stdout } = await webfla(["generate", "--prompt", "The whale", ...options]);
    let text = "";
    const request = { ...asked, prompt: "The whale", seed: 7, stop: "q", stream: true } as const;
    for await (const event of await client.completions.create(request)) text += event.choices[0]?.text ?? "";
    expect(JSON.parse(stdout)).toEqual([{ prompt: "The whale", text }]);
  });

  it("of no tokens end at once", async () => {
    const { choices } = await client.completions.create({ ...asked, prompt: "The", max_tokens: 0 });
    expect(choices).toMatchObject([{ text: "", finish_reason: "length" }]);
  });
});

it("gives the place of a client that left to another", async () => {
  const long = { ...asked, prompt: "The", max_tokens: 1000, stream: true } as const;
  const streams = await Promise.all(prompts.map(() => client.completions.create(long)));
  await expect.poll(() => runner.load()).toEqual({ running: 4, queued: 2 });
  const late = client.completions.create({ ...asked, prompt: "The" });
  await expect(late).rejects.toThrow(OpenAI.RateLimitError);
  for (const stream of streams) stream.controller.abort();
  const waiting = new AbortController();
  const whole = client.completions.create({ ...long, stream: false }, { signal: waiting.signal });
  await expect.poll(() => runner.load().running).toBeGreaterThan(0);
  waiting.abort();
  await expect(whole).rejects.toThrow(OpenAI.APIUserAbortError);
  await idle();
  expect(ops.memory().tensors).toBe(held);
});

it("chats only where there is a template", async () => {
  const messages = [{ role: "user" as const, content: "Hello." }];
  const refused = client.chat.completions.create({ model: "gdn-byte", messages });
  await expect(refused).rejects.toThrow(/400 chat: gdn-byte must have a chat template, got none/);
  const chat = (turns: readonly { readonly content: unknown }[]) => turns.map((m) => m.content).join("");
  const withChat = new EngineRunner({ ...loaded, tokenizer: { ...loaded.tokenizer, chat } }, places);
  const own = await listen(withChat, limits);
  const other = new OpenAI({ baseURL: `${own.url}/v1`, apiKey: "any", maxRetries: 0 });
  const options = { model: "gdn-byte", messages, max_tokens: 24, temperature: 0.8, seed: 7 };
  const { choices } = await other.chat.completions.create(options);
  expect(choices[0]!.message.content).toBe(await alone("Hello.", 7));
  await own.stop(0);
});

it("says when the device is lost", async () => {
  const gone = new DeviceLostError("device: it must be there, got lost.");
  const broken = { ...ops.backend, read: () => Promise.reject(gone) };
  const model = new Model(createOps(broken), loaded.model.architecture, loaded.model.parameters);
  const failing = new EngineRunner({ ...loaded, model }, places);
  const signal = new AbortController().signal;
  const request = { ...sampling, prompt: loaded.tokenizer.encode("a"), stop: [], signal };
  await expect(failing.complete(request).result).rejects.toThrow("got lost");
  await expect(failing.failed).rejects.toBe(gone);
});

describe("webfla serve", () => {
  it("says where it listens, lets answers end at SIGTERM, and ends well", async () => {
    const args = ["serve", "--port", "0", "--backend", "cpu", "--api-key", "secret"];
    const child = spawn(process.execPath, [at("scripts/run.mjs"), "cli", ...args]);
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => {
        output += chunk;
      });
    const ended = new Promise((done) => child.once("close", done));
    await expect.poll(() => output).toMatch(/listening on http:\S+\/v1\n/);
    const baseURL = /listening on (\S+)/.exec(output)![1]!;
    const other = new OpenAI({ baseURL, apiKey: "secret", maxRetries: 0 });
    const { data } = await other.models.list();
    expect(data.map(({ id }) => id)).toEqual(["gdn-byte"]);
    const stream = await other.completions.create({ ...asked, prompt: "The whale", seed: 7, stream: true });
    let text = "";
    for await (const event of stream) {
      if (text === "") child.kill("SIGTERM");
      text += event.choices[0]?.text ?? "";
    }
    expect(text).toBe(await alone("The whale", 7));
    expect(await ended).toBe(0);
    expect(output).toMatch(/gdn-byte on CPU: 6,854,320 parameters, 32 sequences at once\n/);
    expect(output).toMatch(/POST \/v1\/completions 200 \d+\.\d+ s, 10 \+ 24 tokens\n/);
    expect(output).toMatch(/stopping.*\nstopped\n$/s);
  });
});
