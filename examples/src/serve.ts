// Requests that come and go: each step is one packed pass over whatever there is, and every request streams.
import { createCpu } from "@webfla/reference";
import { Engine, fromPretrained, byteTokenizer as text } from "@webfla/zoo";
import { directoryFiles } from "@webfla/zoo/node";

const [folder = "packages/conformance/fixtures/checkpoints/gdn-byte"] = process.argv.slice(2);
const { model } = await fromPretrained(directoryFiles(folder), { ops: createCpu() });
const engine = new Engine(model, { maxSequences: 8, tokenBudget: 512, tokenizer: text });

async function ask(name: string, prompt: string, maxNewTokens: number, signal?: AbortSignal): Promise<void> {
  const request = { prompt: text.encode(prompt), maxNewTokens, temperature: 0, stop: ["\n"], signal };
  for await (const piece of engine.submit(request)) console.log(name, JSON.stringify(piece.text));
}

const controller = new AbortController();
const impatient = ask("third", "A very long story: ", 1000, controller.signal).catch((e) =>
  console.log(e.name),
);
await Promise.all([ask("first", "The whale ", 6), ask("second", "I am ", 3)]);
controller.abort("enough"); // ends this request alone
await impatient;

// what is asked again and again is run once
const preface = await engine.prefill({ prompt: text.encode("The captain said: ") });
for (const more of ["The ", "I "]) {
  const prompt = text.encode(more, { bos: false });
  const { tokens } = await engine.submit({ from: preface, prompt, maxNewTokens: 6, temperature: 0 }).result;
  console.log(more, JSON.stringify(text.decode(tokens)));
}
preface.dispose();
await engine.close();
model.dispose();
