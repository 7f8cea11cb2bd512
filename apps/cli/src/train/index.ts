import type { Command } from "commander";
import { type BackendChoice, withBackend } from "../backend";
import { interruptSignal } from "../interrupt";
import { withBackendOption } from "../options";
import { readSettings } from "./settings";
import { train } from "./train";

interface Options {
  readonly backend: BackendChoice;
  readonly out: string;
  readonly init?: string;
  readonly resume?: boolean;
  readonly json?: boolean;
}

async function action(
  path: string,
  { backend, out, init, resume = false, json = false }: Options,
): Promise<void> {
  const settings = await readSettings(path, { init });
  const signal = interruptSignal();
  const { operands } = settings;
  await withBackend(backend, (opened) => train(opened, { settings, folder: out, resume, json, signal }), {
    operands,
  });
}

export const addTrain = (program: Command): void => {
  withBackendOption(
    program
      .command("train")
      .description("train a model on packed ragged batches; Ctrl-C saves and ends")
      .argument("<config>", "settings of the run, JSON (see examples/train)"),
  )
    .requiredOption(
      "--out <dir>",
      "where the run is kept: a checkpoint for each saved step, and metrics.jsonl",
    )
    .option("--init <checkpoint>", "start from an FLA checkpoint in place of fresh parameters")
    .option("--resume", "go on from the last saved step")
    .option("--json", "print the run's events as lines of JSON")
    .action(action);
};
