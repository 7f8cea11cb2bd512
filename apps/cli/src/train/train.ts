import { type Tensor, UnsupportedError, WebflaError } from "@webfla/ops";
import { byteTokenizer, Engine, fromPretrained, type Model, score, type Tokenizer } from "@webfla/zoo";
import { locate, type RunFolder, runFolder } from "@webfla/zoo/node";
import { byteTokenizerFiles, tokenizerFiles } from "@webfla/zoo/tokenizers";
import {
  estimateMemory,
  excerpts,
  initialModel,
  openRun,
  Run,
  type SavedRun,
  saveRun,
  schedule,
  Trainer,
  type TrainerOptions,
} from "@webfla/zoo/train";
import { expectStorage, type Opened } from "../backend";
import { type Document, readDocuments } from "./corpora";
import { Log } from "./log";
import type { Settings } from "./settings";

export interface TrainArgs {
  readonly settings: Settings;
  /** Where the run is kept: a folder for each saved step, and metrics.jsonl. */
  readonly folder: string;
  readonly resume: boolean;
  readonly json: boolean;
  /** Ends the run after the step that is under way. */
  readonly signal: AbortSignal;
}

/** Runs a training from its settings to its end, or until the signal fires; what was reached is saved either way. */
export async function train<T extends Tensor>(backend: Opened<T>, args: TrainArgs): Promise<void> {
  const { settings, folder } = args;
  expectStorage(backend, settings.dtype);
  const kept = runFolder(folder);
  const saved = await resumption(kept, args);
  const start = await open(backend, settings, saved);
  const { model } = start;
  const trainer = new Trainer(model, trainerOptions(settings));
  try {
    await run({ ...start, trainer, kept, saved, args });
  } catch (error) {
    const last = (await kept.steps()).at(-1);
    if (error instanceof WebflaError && last !== undefined)
      error.message += ` Step ${last} is saved: --resume goes on from there.`;
    throw error;
  } finally {
    trainer.dispose();
    model.dispose();
  }
}

interface Started<T extends Tensor> {
  readonly model: Model<T>;
  readonly tokenizer: Tokenizer;
  /** The tokenizer's own. */
  readonly texts: ReadonlyMap<string, string>;
}

async function run<T extends Tensor>({
  model,
  tokenizer,
  texts,
  trainer,
  kept,
  saved,
  args: { settings, folder, json, signal },
}: Started<T> & {
  readonly trainer: Trainer<T>;
  readonly kept: RunFolder;
  readonly saved: SavedRun | undefined;
  readonly args: TrainArgs;
}): Promise<void> {
  const { dtype, tokenBudget, totalSteps } = settings;
  const { config, ops } = model;
  const { training, heldOut } = await readDocuments(settings, tokenizer);
  const memory = await estimateMemory(ops, { ...trainerOptions(settings), dtype, config });
  const log = new Log({ folder, totalSteps, json });
  const { evaluateEvery, sample, save: saving } = settings;
  const due = (step: number, every = Number.POSITIVE_INFINITY): boolean => step % every === 0;
  const steps = new Run(trainer, {
    ...settings,
    source: sourceOf(training, settings),
    from: await saved?.restore(trainer),
    pauseAfter: (step) => [evaluateEvery, sample?.every, saving.every].some((every) => due(step, every)),
  });
  const save = async (): Promise<void> => {
    const state = await steps.settle();
    const step = trainer.counters.steps;
    await saveRun(trainer, { ...state, texts, notes: settings }, kept.writer(step));
    await kept.prune(saving.keep);
    await log.tell({ kind: "saved", step, folder: kept.at(step) });
  };
  let evaluated = -1;
  const evaluate = async (step: number): Promise<void> => {
    const again = evaluated === step;
    evaluated = step;
    if (heldOut.length && !again)
      await log.tell({ kind: "evaluation", step, ...(await bitsPerByte(model, heldOut, settings)) });
  };
  try {
    await log.tell({
      kind: "start",
      parameters: model.size.count,
      documents: training.length,
      tokens: training.reduce((sum, d) => sum + d.tokens.length, 0),
      peakBytes: memory.peakBytes(tokenBudget),
    });
    const start = performance.now();
    let tokens = 0;
    for await (const step of steps) {
      tokens += step.tokens;
      await log.tell({ kind: "step", ...step });
      if (due(step.step, evaluateEvery)) await evaluate(step.step);
      if (sample && due(step.step, sample.every))
        for (const written of await samples(model, tokenizer, sample))
          await log.tell({ kind: "sample", step: step.step, ...written });
      if (due(step.step, saving.every)) await save();
      if (signal.aborted) break;
    }
    const { steps: step } = trainer.counters;
    if (step === 0)
      throw new WebflaError("train: there must be a batch, got none. Give documents of two tokens at least.");
    if (!(await kept.steps()).includes(step)) await save();
    if (!signal.aborted) await evaluate(step);
    const seconds = (performance.now() - start) / 1000;
    await log.tell({ kind: "end", step, tokens, seconds, peakBytes: ops.memory().peakBytes });
  } finally {
    log.clear();
    steps.dispose();
  }
}

function sourceOf(training: readonly Document[], { excerpt }: Settings): readonly Int32Array[] {
  const documents = training.map(({ tokens }) => tokens);
  return excerpt ? excerpts(documents, excerpt) : documents;
}

const trainerOptions = ({
  optimizer: { decayAll, ...optimizer },
  ...settings
}: Settings): TrainerOptions => ({
  ...settings,
  ...optimizer,
  ...(decayAll && { decays: () => true }),
  schedule: schedule({ ...settings.schedule, totalSteps: settings.totalSteps }),
});

/** The saved run to go on from, where that was asked for. Throws WebflaError for a folder that holds a run, or none. */
async function resumption(kept: RunFolder, { resume, settings }: TrainArgs): Promise<SavedRun | undefined> {
  const step = (await kept.steps()).at(-1);
  if (!resume && step !== undefined)
    throw new WebflaError(
      `train: ${kept.path} must hold no run, got one of ${step} steps. Go on with --resume, or choose another --out.`,
    );
  if (!resume) return undefined;
  if (step === undefined)
    throw new WebflaError(
      `train: ${kept.path} must hold a saved run to resume, got none. Leave --resume out.`,
    );
  const saved = await openRun(kept.files(step));
  const before = saved.notes as Partial<Settings> | null;
  for (const key of sameData)
    if (JSON.stringify(before?.[key]) !== JSON.stringify(settings[key]))
      throw new WebflaError(
        `train: ${key} must stay ${JSON.stringify(before?.[key])} for the data to go on where it stood, got ${JSON.stringify(settings[key])}. Change it back, or begin another run with --init ${kept.at(step)}.`,
      );
  return saved;
}

/** What a position in the data depends on. */
const sameData = ["data", "heldOut", "documents", "seed", "tokenBudget"] as const;

async function open<T extends Tensor>(
  { ops }: Opened<T>,
  { model: config, init, seed, dtype }: Settings,
  saved: SavedRun | undefined,
): Promise<Started<T>> {
  if (config && !saved)
    return {
      model: initialModel(ops, config, { seed, dtype }),
      tokenizer: byteTokenizer,
      texts: byteTokenizerFiles,
    };
  const files = saved?.files ?? (await locate(init!));
  const texts = await tokenizerFiles(files);
  const { model, tokenizer } = await fromPretrained(files, { ops, dtype });
  if (tokenizer) return { model, tokenizer, texts };
  model.dispose();
  throw new UnsupportedError(
    `train: ${files.name} must have a tokenizer, got none that is known. Put its tokenizer.json beside config.json.`,
  );
}

/** Of documents as a run learns them, whole or in excerpts. */
async function bitsPerByte<T extends Tensor>(
  model: Model<T>,
  documents: readonly Document[],
  { excerpt, tokenBudget }: Settings,
) {
  const pieces = documents.map(({ tokens }) => (excerpt ? excerpts([tokens], excerpt) : [tokens]));
  const scores = await score(model, pieces.flat(), { tokenBudget });
  let first = 0;
  const bits = pieces.map(({ length }) => {
    const own = scores.slice(first, (first += length));
    return own.reduce((sum, { nats }) => sum + nats, 0) / Math.LN2;
  });
  const total = (numbers: readonly number[]) => numbers.reduce((sum, n) => sum + n, 0);
  return {
    bitsPerByte: total(bits) / total(documents.map((d) => d.bytes)),
    documents: documents.map(({ title, bytes }, i) => ({ title, bitsPerByte: bits[i]! / bytes })),
  };
}

async function samples<T extends Tensor>(
  model: Model<T>,
  tokenizer: Tokenizer,
  { prompts, maxNewTokens, temperature }: NonNullable<Settings["sample"]>,
): Promise<readonly { readonly prompt: string; readonly text: string }[]> {
  const engine = new Engine(model, { tokenizer });
  try {
    const generations = prompts.map((prompt, seed) =>
      engine.submit({
        prompt: tokenizer.encode(prompt),
        maxNewTokens,
        temperature,
        seed,
        stopTokens: tokenizer.eos === undefined ? [] : [tokenizer.eos],
      }),
    );
    const results = await Promise.all(generations.map(({ result }) => result));
    return prompts.map((prompt, i) => ({ prompt, text: results[i]!.text }));
  } finally {
    engine.dispose();
  }
}
