// Prompts of different lengths, continued together; each gets the tokens that it would get alone.
import { createCpu } from "@webfla/reference";
import { fromPretrained, generate } from "@webfla/zoo";
import { directoryFiles } from "@webfla/zoo/node";

const [folder = "packages/conformance/fixtures/checkpoints/gdn-byte", ...given] = process.argv.slice(2);
const { model, tokenizer } = await fromPretrained(directoryFiles(folder), { ops: createCpu() });
if (!tokenizer) throw new Error(`${folder} must have a tokenizer, got none.`);
const texts = given.length ? given : ["The whale ", "I", "It is our duty to "];

const streams = texts.map(() => tokenizer.stream());
const answers = texts.map(() => "");
const prompts = texts.map((text) => tokenizer.encode(text));
for await (const { sequence, token } of generate(model, { prompts, maxNewTokens: 24, temperature: 0 }))
  answers[sequence] += streams[sequence]!.push(token);
for (const [i, text] of texts.entries()) console.log(`${text}|${answers[i]}`);
model.dispose();
