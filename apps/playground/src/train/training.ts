import type { Ops, Tensor } from "@webfla/ops";
import { byteTokenizer as bytes, generate, type Model } from "@webfla/zoo";
import { fromPretrained, savePretrained } from "@webfla/zoo/checkpoints";
import { randomStream } from "@webfla/zoo/generate";
import { initialModel, Run, Trainer } from "@webfla/zoo/train";
import type { Opened } from "../worker/backend";
import { keep, openKept } from "./keep";
import {
  configOf,
  type TrainReport,
  type TrainRequest,
  type TrainSettings,
  type TrainUpdate,
} from "./request";

const saveEvery = 60_000; // ms
const sampled = 60; // bytes

/** A model being trained: it stays between runs, and so do the documents, which may change during one. */
export interface Training {
  readonly parameters: number;
  readonly steps: number;
  documents: readonly string[];
  run(
    request: TrainRequest,
    report: (update: TrainUpdate) => void,
    signal: AbortSignal,
  ): Promise<TrainReport>;
  /** The model as FLA loads it. */
  checkpoint(): Promise<Map<string, Blob>>;
  dispose(): void;
}

/** Makes a model on a backend, or takes up the one that was kept. */
export async function begin<T extends Tensor>(
  { ops }: Opened<T>,
  { settings, documents, mode }: TrainRequest,
): Promise<Training> {
  if (mode !== "restore") {
    const model = initialModel(ops, configOf(settings), { seed: settings.seed });
    return new Trained(ops, model, settings, documents);
  }
  const { folder, saved } = await openKept();
  const { model } = await fromPretrained(folder, { ops, tokenizer: false });
  const training = new Trained(ops, model, saved.notes as TrainSettings, documents);
  await saved.restore(training.trainer);
  return training;
}

class Trained<T extends Tensor> implements Training {
  readonly trainer: Trainer<T>;
  #lr: number;
  #saved = performance.now();

  constructor(
    readonly ops: Ops<T>,
    readonly model: Model<T>,
    readonly settings: TrainSettings,
    public documents: readonly string[],
  ) {
    this.#lr = settings.lr;
    // the rate warms up over ten steps, and then stays what it was last set to
    this.trainer = new Trainer(model, { schedule: (step) => this.#lr * Math.min(1, (step + 1) / 10) });
  }

  get parameters(): number {
    return this.model.size.count;
  }

  get steps(): number {
    return this.trainer.counters.steps;
  }

  /** The documents in any order, again and again, as they are at the moment. */
  async *#stream(): AsyncGenerator<Int32Array, void, undefined> {
    const random = randomStream(this.settings.seed + this.steps);
    for (;;) {
      const tokens = this.documents
        .map((text) => bytes.encode(text, { eos: true }))
        .filter((x) => x.length > 2);
      if (tokens.length === 0)
        throw new Error("train: there must be a document with text, got none. Add one in the tab Pack.");
      yield tokens[Math.floor(random() * tokens.length)]!;
    }
  }

  async run(
    { settings, steps, sampleEvery }: TrainRequest,
    report: (update: TrainUpdate) => void,
    signal: AbortSignal,
  ): Promise<TrainReport> {
    const totalSteps = this.steps + steps;
    this.#lr = settings.lr;
    const run = new Run(this.trainer, {
      source: this.#stream(),
      tokenBudget: this.settings.tokens,
      totalSteps,
    });
    for await (const { step, loss, tokensPerSecond, sequences, fillRatio } of run) {
      report({ kind: "step", step: { step, loss, tokensPerSecond, sequences, fillRatio } });
      if (signal.aborted) break;
      if (step % sampleEvery === 0 || step === totalSteps)
        report({ kind: "sample", sample: { step, text: await this.#sample(step) } });
      if (performance.now() - this.#saved > saveEvery) await this.#keep(run);
    }
    return { steps: this.steps, unkept: await this.#keep(run), paused: signal.aborted };
  }

  async #sample(step: number): Promise<string> {
    const stream = bytes.stream();
    let text = "";
    const made = generate(this.model, {
      prompts: [bytes.encode("")],
      maxNewTokens: sampled,
      temperature: 0.7,
      seed: step,
      stopTokens: [bytes.eos!],
    });
    for await (const { token } of made) text += stream.push(token);
    return text + stream.end();
  }

  /** Keeps the run in the browser; says why not where it cannot. */
  async #keep(run: Run<T>): Promise<string | undefined> {
    this.#saved = performance.now();
    try {
      await keep(this.trainer, await run.settle(), { ...this.settings, lr: this.#lr });
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }

  async checkpoint(): Promise<Map<string, Blob>> {
    const files = new Map<string, Blob>();
    await savePretrained(this.model, files);
    return files;
  }

  dispose(): void {
    this.trainer.dispose();
    this.model.dispose();
    this.ops.dispose();
  }
}
