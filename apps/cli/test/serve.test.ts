// The HTTP server through the official client, over a model that repeats its prompt.
import { BusyError, byteTokenizer, type Piece } from "@webfla/zoo";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Listening, listen } from "../src/serve/listen";
import type { Request, Runner } from "../src/serve/runner";

const places = 3;
const inside = new Set<Request>();
const aborted: Request[] = [];

/** Says the prompt again, a byte at a time, slowly where it begins with "slow". */
async function* echo(request: Request): AsyncGenerator<Piece> {
  const bytes = [...request.prompt].filter((t) => t < 256);
  const slow = byteTokenizer.decode(request.prompt).startsWith("slow");
  try {
    for (let i = 0; i < request.maxNewTokens; i++) {
      await new Promise((done) => setTimeout(done, slow ? 20 : 0));
      if (request.signal.aborted) {
        aborted.push(request);
        throw request.signal.reason;
      }
      const token = bytes[i % bytes.length]!;
      const text = String.fromCharCode(token);
      if (request.stop.includes(text))
        return yield { token, text: "", logProbability: -0.5, finished: "stop" };
      yield {
        token,
        text,
        logProbability: -0.5,
        finished: i + 1 === request.maxNewTokens ? "length" : undefined,
      };
    }
  } finally {
    inside.delete(request);
  }
}

const runner: Runner = {
  id: "echo",
  tokenizer: byteTokenizer,
  complete(request) {
    if (inside.size >= places)
      throw new BusyError(`serve: at most ${places} requests may wait, got one more. Come later.`);
    inside.add(request);
    request.signal.addEventListener("abort", () => inside.delete(request));
    return echo(request);
  },
  embed: async (inputs) => inputs.map((x) => Float32Array.of(x.length, 0.25)),
  conversation: (messages) => byteTokenizer.encode(messages.map((m) => `${m.role}: ${m.content}\n`).join("")),
  load: () => ({ running: inside.size, queued: 0 }),
};

const limits = { host: "127.0.0.1", port: 0, promptTokens: 64, newTokens: 1000, bodyBytes: 4096 };
let server: Listening;
let client: OpenAI;
beforeAll(async () => {
  server = await listen(runner, { ...limits, apiKey: "key" });
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "key", maxRetries: 0 });
});
afterAll(() => server.stop(0));

const post = (path: string, body: string) =>
  fetch(`${server.url}${path}`, {
    method: "POST",
    headers: { Authorization: "Bearer key", "Content-Type": "application/json" },
    body,
  });

describe("completions", () => {
  it("answers at once", async () => {
    const answer = await client.completions.create({
      model: "echo",
      prompt: "abc",
      max_tokens: 4,
      logprobs: 0,
    });
    expect(answer.choices).toMatchObject([{ index: 0, text: "abca", finish_reason: "length" }]);
    expect(answer.choices[0]!.logprobs).toMatchObject({
      tokens: ["a", "b", "c", "a"],
      text_offset: [0, 1, 2, 3],
    });
    expect(answer.usage).toEqual({ prompt_tokens: 4, completion_tokens: 4, total_tokens: 8 });
  });

  it("streams, with the usage where it is asked for", async () => {
    const stream = await client.completions.create({
      model: "echo",
      prompt: "hello",
      max_tokens: 7,
      stream: true,
      stream_options: { include_usage: true },
    });
    let [text, usage] = ["", 0];
    for await (const event of stream) {
      text += event.choices[0]?.text ?? "";
      usage = event.usage?.completion_tokens ?? usage;
    }
    expect([text, usage]).toEqual(["hellohe", 7]);
  });

  it("takes several prompts, texts or ids, and several choices of each", async () => {
    const two = await client.completions.create({ model: "echo", prompt: ["ab", "xy"], max_tokens: 2 });
    expect(two.choices.map((c) => c.text)).toEqual(["ab", "xy"]);
    const ids = await client.completions.create({ model: "echo", prompt: [65, 66], max_tokens: 2, n: 2 });
    expect(ids.choices.map((c) => [c.index, c.text])).toEqual([
      [0, "AB"],
      [1, "AB"],
    ]);
  });

  it("ends at a stop string, which is not in the text", async () => {
    const answer = await client.completions.create({
      model: "echo",
      prompt: "ab.c",
      max_tokens: 9,
      stop: ["."],
    });
    expect(answer.choices).toMatchObject([{ text: "ab", finish_reason: "stop" }]);
  });

  it("lets go of what a client no longer waits for", async () => {
    const before = aborted.length;
    const stream = await client.completions.create({
      model: "echo",
      prompt: "slow",
      max_tokens: 500,
      stream: true,
    });
    for await (const _ of stream) break;
    await expect.poll(() => aborted.length).toBe(before + 1);
    await expect.poll(() => inside.size).toBe(0);
  });
});

it("chats, streaming and at once", async () => {
  const messages = [{ role: "user" as const, content: "hi" }];
  const answer = await client.chat.completions.create({ model: "echo", messages, max_completion_tokens: 8 });
  expect(answer.choices[0]!.message).toMatchObject({ role: "assistant", content: "user: hi" });
  const stream = await client.chat.completions.create({
    model: "echo",
    messages,
    max_tokens: 8,
    stream: true,
  });
  let text = "";
  for await (const event of stream) text += event.choices[0]!.delta.content ?? "";
  expect(text).toBe("user: hi");
});

it("embeds, in base64 too, which the client asks for by itself", async () => {
  const base64 = await client.embeddings.create({ model: "echo", input: ["a", "abc"] });
  const floats = await client.embeddings.create({ model: "echo", input: "a", encoding_format: "float" });
  expect(base64.data.map((d) => d.embedding)).toEqual([
    [2, 0.25],
    [4, 0.25],
  ]);
  expect(floats.data[0]!.embedding).toEqual([2, 0.25]);
});

it("lists its model, its health and its figures", async () => {
  expect((await client.models.list()).data.map((m) => m.id)).toEqual(["echo"]);
  expect((await client.models.retrieve("echo")).owned_by).toBe("webfla");
  expect(await (await fetch(`${server.url}/health`)).json()).toEqual({ status: "ok", running: 0, queued: 0 });
  const figures = await (await fetch(`${server.url}/metrics`)).text();
  expect(figures).toMatch(/webfla_requests_total\{route="\/v1\/completions",status="200"\} [1-9]/);
  expect(figures).toMatch(/webfla_new_tokens_total [1-9]/);
});

describe("refuses", () => {
  it.each([
    ["what is no JSON", "/v1/completions", "{", 400, "must be JSON"],
    [
      "a field that is wrong",
      "/v1/completions",
      '{"model":"echo","prompt":"a","temperature":9}',
      400,
      "temperature",
    ],
    [
      "a switch that it does not have",
      "/v1/completions",
      '{"model":"echo","prompt":"a","best_of":4}',
      400,
      "best_of",
    ],
    ["an unknown field", "/v1/completions", '{"model":"echo","prompt":"a","beams":4}', 400, "beams"],
    ["another model", "/v1/completions", '{"model":"gpt","prompt":"a"}', 404, "this server has echo"],
    [
      "an empty list of prompts",
      "/v1/completions",
      '{"model":"echo","prompt":[[]]}',
      400,
      "at least one token",
    ],
    [
      "a long prompt",
      "/v1/completions",
      `{"model":"echo","prompt":"${"a".repeat(99)}"}`,
      400,
      "at most 64 tokens, got 100",
    ],
    ["a long body", "/v1/completions", `{"model":"echo","prompt":"${"a".repeat(5000)}"}`, 413, "4096 bytes"],
    [
      "many tokens",
      "/v1/completions",
      '{"model":"echo","prompt":"a","max_tokens":5000}',
      400,
      "at most 1000, got 5000",
    ],
    [
      "more than there are places",
      "/v1/completions",
      '{"model":"echo","prompt":["a","b","c","d"]}',
      429,
      "Come later",
    ],
    ["an unknown path", "/v1/edits", "{}", 404, "no POST /v1/edits"],
  ])("%s", async (_, path, body, status, message) => {
    const answer = await post(path, body);
    expect(answer.status).toBe(status);
    expect((await answer.json()).error.message).toContain(message);
    await expect.poll(() => inside.size).toBe(0);
  });

  it("a client without the key, as the client's own error", async () => {
    const other = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "wrong", maxRetries: 0 });
    await expect(other.models.list()).rejects.toThrow(OpenAI.AuthenticationError);
  });
});

it("stops: refuses new requests, lets an answer end, and ends a long one after the grace", async () => {
  const own = await listen(runner, limits);
  const openai = new OpenAI({ baseURL: `${own.url}/v1`, apiKey: "any", maxRetries: 0 });
  const short = openai.completions.create({ model: "echo", prompt: "slow", max_tokens: 4 });
  const long = openai.completions.create({ model: "echo", prompt: "slow", max_tokens: 900 });
  await expect.poll(() => inside.size).toBe(2);
  // the short one takes a tenth of it, the long one nine times as much
  const stopped = own.stop(2000);
  expect((await short).choices[0]!.text).toBe("slow");
  await expect(long).rejects.toThrow(/stopping/);
  await stopped;
  await expect(fetch(`${own.url}/health`)).rejects.toThrow();
});
