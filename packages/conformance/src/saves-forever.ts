import { createCpu } from "@webfla/reference";
import { runFolder } from "@webfla/zoo/node";
import { initialModel, Run, saveRun, schedule, Trainer } from "@webfla/zoo/train";
import { tinyConfigs } from "./zoo";

/** Trains and saves every step into the folder given, until it is killed. */
const folder = runFolder(process.argv[2]!);
const ops = createCpu();
const trainer = new Trainer(initialModel(ops, tinyConfigs["gated_deltanet"], { seed: 1 }), {
  schedule: schedule({ kind: "constant", lr: 1e-3 }),
});
const run = new Run(trainer, { source: [Int32Array.from({ length: 50 }, (_, i) => i)], tokenBudget: 16 });
for await (const { step } of run) {
  await saveRun(trainer, await run.settle(), folder.writer(trainer.counters.steps));
  if (step === 1) console.log("saved");
}
