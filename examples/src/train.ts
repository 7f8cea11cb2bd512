// A tiny model, trained on packed documents, and saved so that FLA loads it and the run goes on: examples/train [FOLDER]
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCpu } from "@webfla/reference";
import { byteTokenizer as text } from "@webfla/zoo";
import { runFolder } from "@webfla/zoo/node";
import { initialModel, openRun, Run, saveRun, schedule, Trainer } from "@webfla/zoo/train";

const [folder = await mkdtemp(join(tmpdir(), "webfla-"))] = process.argv.slice(2);
const config = { model_type: "gla", hidden_size: 32, num_heads: 2, num_hidden_layers: 2, vocab_size: 258 };
const source = ["Call me Ishmael. Some years ago", "never mind how long precisely", "having little money"];
const documents = source.map((s) => text.encode(s, { eos: true }));

const model = initialModel(createCpu(), config, { seed: 1 });
const options = { schedule: schedule({ kind: "wsd", lr: 1e-2, warmupSteps: 3, totalSteps: 20 }) };
const trainer = new Trainer(model, options);
const run = new Run(trainer, { source: documents, tokenBudget: 64, seed: 1, totalSteps: 20 });
for await (const { step, loss, fillRatio } of run)
  if (step % 5 === 0)
    console.log(`step ${step}: ${loss.toFixed(3)} nats a token, batches ${100 * fillRatio} % full`);

const saved = runFolder(folder);
await saveRun(trainer, await run.settle(), saved.writer(20));
const { steps, position } = await openRun(saved.files(20));
console.log(`${saved.at(20)}: ${steps} steps, the next batch begins at`, position);
