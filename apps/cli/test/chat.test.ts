import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCpu } from "@webfla/reference";
import { Engine } from "@webfla/zoo";
import { afterAll, afterEach, beforeEach, expect, it } from "vitest";
import { Conversation, type ConversationOptions, plainTemplate } from "../src/chat/conversation";
import { loadConversation, saveConversation } from "../src/chat/state-file";
import { loadText } from "../src/checkpoint";
import { continuations } from "../src/continue";
import { at, webfla } from "./run";

const folder = mkdtempSync(join(tmpdir(), "webfla-chat-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const checkpoint = at("packages/conformance/fixtures/checkpoints/gdn-byte");
const ops = createCpu();
const loaded = await loadText({ ops, name: "CPU", adapter: undefined }, { dtype: "f32", checkpoint });
const { model, tokenizer, stopTokens } = loaded;
const held = ops.memory().tensors;
const sampling = { maxNewTokens: 12, temperature: 0, topK: 0, topP: 1, seed: 3 };
const plain = { tokenizer: { ...tokenizer, chat: plainTemplate }, stopTokens, sampling };

let engine: Engine<NonNullable<ReturnType<typeof ops.tensor>>>;
beforeEach(() => {
  engine = new Engine(model, { tokenizer });
});
afterEach(() => {
  engine.dispose();
  expect(ops.memory().tensors).toBe(held);
});

const talk = (options: ConversationOptions = plain) => new Conversation(engine, options);
async function say(
  conversation: ReturnType<typeof talk>,
  text: string,
  signal?: AbortSignal,
): Promise<string> {
  let answer = "";
  for await (const piece of conversation.say(text, signal)) answer += piece;
  return answer;
}
async function continued(prompt: string): Promise<string> {
  let text = "";
  await continuations(loaded, [prompt], sampling, (_, piece) => {
    text += piece;
  });
  return text;
}

it("answers as if all was read anew, and reads only what is new", async () => {
  const conversation = talk();
  const first = await say(conversation, "Call me Ishmael.");
  expect(first).toBe(await continued("Call me Ishmael."));
  const before = engine.stats.promptTokens;
  const second = await say(conversation, "The whale");
  expect(second).toBe(await continued(`Call me Ishmael.${first}\nThe whale`));
  // the last byte of the answer, a newline and the message
  expect(engine.stats.promptTokens - before).toBe(1 + 1 + 9);
  expect(conversation.messages.map(({ content }) => content)).toEqual([
    "Call me Ishmael.",
    first,
    "The whale",
    second,
  ]);
  conversation.reset();
  expect(await say(conversation, "Call me Ishmael.")).toBe(first);
  conversation.reset();
});

it("reads what a stop string cut off as the template has it, and all where the template has it otherwise", async () => {
  const whole = await continued("The ");
  const stop = [whole.slice(4, 6)];
  const conversation = talk({ ...plain, sampling: { ...sampling, stop } });
  const answer = await say(conversation, "The ");
  expect(answer).toBe(whole.slice(0, whole.indexOf(stop[0]!)));
  expect(conversation.held).toBeUndefined();
  const next = await say(conversation, "It");
  const expected = await continued(`The ${answer}\nIt`);
  expect(expected.startsWith(next)).toBe(true);
  conversation.reset();

  let turn = 0;
  const fickle = talk({
    ...plain,
    tokenizer: { ...plain.tokenizer, chat: (m) => `${turn++}${plainTemplate(m)}` },
  });
  const said = await say(fickle, "A");
  expect(await say(fickle, "B")).toBe(await continued(`1A${said}\nB`));
  fickle.reset();
});

it("keeps what was said until it was interrupted", async () => {
  const conversation = talk({ ...plain, sampling: { ...sampling, maxNewTokens: 100_000 } });
  const abort = new AbortController();
  let answer = "";
  for await (const piece of conversation.say("The whale", abort.signal)) {
    answer += piece;
    if (answer.length === 5) abort.abort();
  }
  expect(answer.length).toBeLessThan(1000);
  expect(conversation.messages.at(-1)).toEqual({ role: "assistant", content: answer });
  const after = talk();
  after.restore(conversation.messages, conversation.held);
  expect(await say(after, "It")).toBe(await continued(`The whale${answer}\nIt`));
  after.reset();
});

it("goes on elsewhere from a file", async () => {
  const path = join(folder, "state.safetensors");
  const [here, there] = [talk(), talk()];
  await expect(saveConversation(here, path)).rejects.toThrow("something must have been said");
  await say(here, "The whale");
  await saveConversation(here, path);
  await loadConversation(there, model, path);
  const before = engine.stats.promptTokens;
  expect(await say(there, "It")).toBe(await say(here, "It"));
  expect(engine.stats.promptTokens - before).toBe(2 * (1 + 1 + 2));
  expect(there.messages).toEqual(here.messages);
  await expect(loadConversation(there, model, join(checkpoint, "model.safetensors"))).rejects.toThrow(
    "must hold a conversation",
  );
  here.reset();
  there.reset();
});

it("takes lines of stdin for messages, and a template of one's own", async () => {
  const template = join(folder, "chat.jinja");
  writeFileSync(template, "{% for m in messages %}{{ m.content }} {% endfor %}");
  const state = join(folder, "piped.safetensors");
  const args = ["--backend", "cpu", "--max-new-tokens", "12", "--temperature", "0"];
  const lines = ["The whale", `/save ${state}`, "/reset", "The whale", ""].join("\n");
  const { code, stdout } = await webfla(["chat", "--chat-template", template, ...args], { stdin: lines });
  const answer = await continued("The whale ");
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${answer}\n${answer}\n` });
  expect(existsSync(state)).toBe(true);
  const refused = await webfla(["chat", ...args], { stdin: lines });
  expect(refused.stderr).toMatch(
    /^webfla: chat: gdn-byte must have a chat template, got none\. .*--plain\.\n$/,
  );
});
