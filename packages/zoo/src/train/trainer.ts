import { showShape, type Tensor, UnsupportedError } from "@webfla/ops";
import { CheckpointError } from "../errors";
import type { Model } from "../models/model";
import type { ModelState } from "../models/state";
import { accumulateGradients } from "./accumulate";
import { averageOf, updateAverage } from "./average";
import { clipFactor, gradientNorm } from "./clip";
import { disposeAll } from "./gradients";
import type { LossOptions, TrainBatch } from "./loss";
import { LossScale, type LossScaleOptions } from "./loss-scale";
import { Optimizer, type OptimizerOptions } from "./optimizer";
import type { Schedule } from "./schedule";

export interface TrainerOptions
  extends OptimizerOptions,
    Pick<LossOptions, "labelSmoothing" | "zLoss" | "recompute" | "lossRows" | "trainable"> {
  readonly schedule: Schedule;
  /** Longer gradients are shortened to this norm. Default 1; Infinity leaves them. */
  readonly maxGradNorm?: number | undefined;
  /** Scales the loss, and skips steps whose gradient overflowed. Default: not. */
  readonly lossScale?: LossScaleOptions | undefined;
  /** Keeps an exponential moving average of the parameters, with this decay a step. */
  readonly averageDecay?: number | undefined;
}

export interface StepMetrics {
  readonly loss: number; // nats a target
  /** Before clipping. */
  readonly gradNorm: number;
  /** Whether the gradient was not finite, so that nothing moved. */
  readonly skipped: boolean;
}

export interface TrainStep<T> {
  /** From 0. */
  readonly step: number;
  readonly lr: number;
  /** Rows with a label. */
  readonly targets: number;
  /** After each batch, where wanted; the caller's. */
  readonly states: readonly (ModelState<T> | undefined)[];
  /** Sends the step to the device at once, and waits for its numbers. Call it once; await it a step later to keep a GPU busy. */
  read(): Promise<StepMetrics>;
}

/** Numbers that a run goes on from, beside its tensors. */
export interface TrainerCounters {
  /** Steps taken. */
  readonly steps: number;
  /** Steps that moved the parameters. */
  readonly updates: number;
  readonly lossScale: number;
  /** Steps since the loss scale changed. */
  readonly cleanSteps: number;
}

/** Trains a model step by step. Owns the optimiser's tensors and the average; the model stays the caller's. */
export class Trainer<T extends Tensor> {
  readonly #options: TrainerOptions;
  readonly #optimizer: Optimizer<T>;
  readonly #scale: LossScale | undefined;
  #steps = 0;
  #updates = 0;
  /** The average of the parameters, to evaluate or save, where one is kept. */
  readonly average: Model<T> | undefined;

  constructor(
    readonly model: Model<T>,
    options: TrainerOptions,
  ) {
    if (options.kind === "muon" && options.lossScale)
      throw new UnsupportedError(
        "train: lossScale must be absent with muon, which cannot skip a step, got both. Store parameters as f32.",
      );
    this.#options = options;
    this.#optimizer = new Optimizer(model, options);
    this.#scale = new LossScale(
      options.lossScale ?? { initial: 1, growthInterval: Number.POSITIVE_INFINITY },
    );
    this.average = options.averageDecay === undefined ? undefined : averageOf(model);
  }

  /**
   * One step on batches that count as one. Records and returns at once; nothing is read back. Call it outside of any
   * scope. Throws ShapeError for a batch that does not fit, before anything changes.
   */
  step(batches: readonly TrainBatch<T>[], { wantState = false } = {}): TrainStep<T> {
    const { model } = this;
    const { ops } = model;
    const { schedule, maxGradNorm = 1, averageDecay } = this.#options;
    const scale = this.#scale?.scale ?? 1;
    const found = accumulateGradients(model, batches, { ...this.#options, lossScale: scale, wantState });
    const { loss, targets, gradients, states } = found;
    const lr = schedule(this.#steps);
    const { metrics, gradScale } = ops.scope(() => {
      const norm = ops.affine({ x: gradientNorm(ops, gradients), scale: 1 / scale });
      return {
        metrics: ops.concat({ xs: [loss, norm], axis: 0 }),
        gradScale: ops.affine({ x: clipFactor(ops, norm, maxGradNorm), scale: 1 / scale }),
      };
    });
    const step = this.#steps++;
    this.#optimizer.step(gradients, { gradScale, lr, step: ++this.#updates });
    if (this.average) updateAverage(this.average, model, averageDecay!);
    for (const x of [loss, gradScale]) x.dispose();
    disposeAll(gradients);
    return { step, lr, targets, states, read: () => this.#metrics(metrics) };
  }

  /** Whether the loss is scaled, so that a step may be skipped and the next one go on. */
  get scalesLoss(): boolean {
    return this.#options.lossScale !== undefined;
  }

  /** Moments, masters and the average (average.<parameter>), by name; still the trainer's. */
  get tensors(): ReadonlyMap<string, T> {
    const average = [...(this.average?.parameters ?? [])].map(([name, x]) => [`average.${name}`, x] as const);
    return new Map([...this.#optimizer.tensors, ...average]);
  }

  get counters(): TrainerCounters {
    const { scale, clean } = this.#scale ?? { scale: 1, clean: 0 };
    return { steps: this.#steps, updates: this.#updates, lossScale: scale, cleanSteps: clean };
  }

  /** Goes on from another trainer's counters and tensors, which it takes over. Throws CheckpointError for a tensor of another model. */
  restore({ steps, updates, lossScale, cleanSteps }: TrainerCounters, tensors: ReadonlyMap<string, T>): void {
    for (const [name, x] of tensors) {
      const [, kind, of] = /^(exp_avg|exp_avg_sq|momentum_buffer|master|average)\.(.+)$/.exec(name) ?? [];
      const shape = of && this.model.parameters.get(of)?.shape;
      if (!shape || showShape(x.shape) !== showShape(shape) || x.dtype !== "f32")
        throw new CheckpointError(
          `train: ${name} must be f32 and of a parameter's shape${shape ? ` ${showShape(shape)}` : ""}, got ${x.dtype} ${showShape(x.shape)}. Resume with the state that was saved beside this model.`,
        );
      const into = kind === "average" ? this.average?.parameters : this.#optimizer.tensors;
      const key = kind === "average" ? of! : name;
      into?.get(key)?.dispose();
      if (into) into.set(key, x);
      else x.dispose();
    }
    [this.#steps, this.#updates] = [steps, updates];
    if (this.#scale) [this.#scale.scale, this.#scale.clean] = [lossScale, cleanSteps];
  }

  /** Frees what it owns; the model stays. */
  dispose(): void {
    this.#optimizer.dispose();
    this.average?.dispose();
  }

  async #metrics(tensor: T): Promise<StepMetrics> {
    const reading = this.model.ops.read(tensor);
    tensor.dispose();
    const [loss, gradNorm] = (await reading) as Float32Array;
    const skipped = !Number.isFinite(gradNorm);
    this.#scale?.observe(!skipped);
    // the moments did not move, so their bias did not either
    if (skipped) this.#updates--;
    return { loss: loss!, gradNorm: gradNorm!, skipped };
  }
}
