import { DisposedError, ShapeError, type Tensor, WebflaError } from "@webfla/ops";
import { turn } from "../../engine/turn";
import { throwIfAborted } from "../../errors";
import type { ModelState } from "../../models/state";
import {
  type BatchOptions,
  type DataPosition,
  type DocumentSource,
  type PackedBatch,
  packedBatches,
  prefetch,
  START,
} from "../data";
import type { TrainBatch } from "../loss";
import type { StepMetrics, Trainer, TrainStep } from "../trainer";
import { carryInto, lastOf } from "./carry";
import type { RunState } from "./saved-run";

export interface RunOptions<T extends Tensor> extends Omit<BatchOptions, "from"> {
  readonly source: DocumentSource;
  /** Steps of the whole run, those before a resumption among them. Default: as long as there are documents. */
  readonly totalSteps?: number | undefined;
  /** Batches of a step, each of `tokenBudget` tokens. Default 1. */
  readonly batchesPerStep?: number | undefined;
  /** Whether a document that was cut goes on with what the model remembers of it (truncated backpropagation). Default false. */
  readonly carryState?: boolean | undefined;
  /** Where a saved run stood. It takes `carried` over. */
  readonly from?: RunState<T> | undefined;
  /** Whether nothing runs ahead of a step, counted from 1, until its numbers were taken: to save or evaluate just there. */
  readonly pauseAfter?: ((step: number) => boolean) | undefined;
  /** Batches that are made ahead. Default 2. */
  readonly ahead?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A step that has been taken. */
export interface RunStep extends StepMetrics {
  /** From 1. */
  readonly step: number;
  readonly lr: number;
  /** Of the step's batches. */
  readonly tokens: number;
  readonly sequences: number;
  /** Rows with a label. */
  readonly targets: number;
  /** Tokens over the budget. */
  readonly fillRatio: number;
  readonly epoch: number;
  /** Since the run was started or resumed. */
  readonly tokensPerSecond: number;
  /** The share of the time in which a step waited for its batches. */
  readonly waiting: number;
}

/** The loss or its gradient is not a number any more; the parameters are those of the last step that was good. */
export class DivergedError extends WebflaError {
  override name = "DivergedError";
}

/**
 * Trains on a source, a step at a time, as fast as it is asked: the numbers of a step come when the next one is under
 * way, but where `pauseAfter` says otherwise. Throws DivergedError, AbortedError; the trainer stays the caller's.
 */
export class Run<T extends Tensor> implements AsyncIterable<RunStep> {
  #position: DataPosition;
  #carried: ModelState<T> | undefined;
  #pending: Promise<RunStep> | undefined;
  #running = false;

  constructor(
    readonly trainer: Trainer<T>,
    readonly options: RunOptions<T>,
  ) {
    const { batchesPerStep = 1, from } = options;
    if (!Number.isSafeInteger(batchesPerStep) || batchesPerStep < 1)
      throw new ShapeError(
        `train: batchesPerStep must be an integer from 1, got ${batchesPerStep}. Correct it.`,
      );
    this.#position = from?.position ?? START;
    this.#carried = from?.carried;
  }

  /** What to save beside the trainer, once every step taken is done, so that the run goes on from there. It stays the run's. */
  async settle(): Promise<RunState<T>> {
    await this.#pending;
    return { position: this.#position, carried: this.#carried };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RunStep, void, undefined> {
    if (this.#running)
      throw new DisposedError("train: a run must be iterated once, got a second time. Make another.");
    this.#running = true;
    const { trainer, options } = this;
    const {
      totalSteps = Number.POSITIVE_INFINITY,
      batchesPerStep = 1,
      ahead = 2,
      pauseAfter = () => false,
      signal,
    } = options;
    const source = prefetch(
      groups(packedBatches(options.source, { ...options, from: this.#position }), batchesPerStep),
      ahead,
    );
    const start = performance.now();
    let tokens = 0;
    if (trainer.counters.steps >= totalSteps) return;
    for await (const batches of source) {
      throwIfAborted("train", signal);
      const taken = this.#step(batches);
      const waited = source.waiting.waited;
      tokens += batches.reduce((sum, b) => sum + b.tokens.length, 0);
      const counted = tokens;
      const before = this.#pending;
      this.#pending = this.#finish(taken, batches, { start, tokens: counted, waited });
      // whoever awaits it hears of a failure
      this.#pending.catch(() => {});
      if (before) yield await before;
      if (pauseAfter(taken.step + 1)) yield* this.#last();
      // a backend that never waits would let nothing else run
      await turn();
      if (taken.step + 1 >= totalSteps) break;
    }
    yield* this.#last();
  }

  /** The step that is under way. */
  async *#last(): AsyncGenerator<RunStep, void, undefined> {
    const last = this.#pending;
    this.#pending = undefined;
    if (last) yield await last;
  }

  /** Frees the carried state. */
  dispose(): void {
    this.#carried?.dispose();
    this.#carried = undefined;
  }

  #step(batches: readonly PackedBatch[]): TrainStep<T> {
    const { trainer, options } = this;
    const { carryState = false } = options;
    const { model } = trainer;
    if (!carryState) {
      const taken = trainer.step(batches);
      this.#position = batches.at(-1)!.position;
      return taken;
    }
    // a batch needs what the one before it leaves behind, so each is run before the next is made
    const [first, ...rest] = batches;
    if (rest.length)
      throw new ShapeError(
        `train: batchesPerStep must be 1 with carryState, got ${batches.length}. Raise tokenBudget instead.`,
      );
    const { continues, varlen, position } = first!;
    const carried = this.#carried;
    this.#carried = undefined;
    const state = continues && carried ? carryInto(model, carried, varlen.sequences) : undefined;
    if (!state) carried?.dispose();
    const batch: TrainBatch<T> = { ...first!, state };
    const taken = trainer.step([batch], { wantState: position.offset > 0 });
    state?.dispose();
    const [after] = taken.states;
    this.#carried = after && lastOf(model, after);
    this.#position = position;
    return taken;
  }

  async #finish(
    taken: TrainStep<T>,
    batches: readonly PackedBatch[],
    { start, tokens, waited }: { readonly start: number; readonly tokens: number; readonly waited: number },
  ): Promise<RunStep> {
    const metrics = await taken.read();
    if (!Number.isFinite(metrics.loss) || (metrics.skipped && !this.trainer.scalesLoss))
      throw new DivergedError(
        `train: the loss and its gradient must be finite, got ${metrics.loss} and ${metrics.gradNorm} in step ${taken.step + 1}. Lower the learning rate, or go on from an earlier checkpoint.`,
      );
    const elapsed = performance.now() - start;
    const own = batches.reduce((sum, b) => sum + b.tokens.length, 0);
    return {
      ...metrics,
      step: taken.step + 1,
      lr: taken.lr,
      tokens: own,
      sequences: batches.reduce((sum, b) => sum + b.varlen.sequences, 0),
      targets: taken.targets,
      fillRatio: batches.reduce((sum, b) => sum + b.fillRatio, 0) / batches.length,
      epoch: batches.at(-1)!.position.epoch,
      tokensPerSecond: (1000 * tokens) / elapsed,
      waiting: waited / elapsed,
    };
  }
}

async function* groups<A>(
  source: AsyncIterable<A>,
  size: number,
): AsyncGenerator<readonly A[], void, undefined> {
  let group: A[] = [];
  for await (const item of source) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length) yield group;
}
