import { type Ops, ShapeError, type Tensor } from "@webfla/ops";
import { fromLengths } from "@webfla/varlen";
import { accumulateGradients } from "../accumulate";
import { disposeAll } from "../gradients";
import { initialModel } from "../initial/initial-model";
import { Trainer, type TrainerOptions } from "../trainer";

export interface EstimateOptions extends Omit<TrainerOptions, "schedule"> {
  /** The parsed config.json. */
  readonly config: unknown;
  readonly dtype?: "f32" | "f16" | undefined;
}

/** What training takes beyond what was on the backend before, by the backend's own accounting. */
export interface TrainingMemory {
  /** Parameters, moments, masters and averages, from step to step. */
  readonly keptBytes: number;
  /** Most bytes in a step of so many tokens, where that is a power of two; a device's size classes may add a quarter to other numbers. */
  peakBytes(tokens: number): number;
}

/** Tokens of the gradients that are measured. */
const PROBES = [128, 256] as const;

/**
 * What a step will take, before the first one: two small gradients of such a model and a small step are made and their peaks measured, for
 * beyond what is kept from step to step a gradient's memory is linear in tokens, and an optimiser's the same for any. Wants a backend that
 * nothing larger has run on; leaves nothing there. Throws ShapeError where something has.
 */
export async function estimateMemory<T extends Tensor>(
  ops: Ops<T>,
  { config, dtype, ...options }: EstimateOptions,
): Promise<TrainingMemory> {
  const before = ops.memory();
  const model = initialModel(ops, config, { seed: 0, dtype });
  const trainer = new Trainer(model, { ...options, schedule: () => 0 });
  const batchOf = (count: number) => ({ tokens: new Int32Array(count), varlen: fromLengths([count]) });
  try {
    const modelBytes = ops.memory().bytes;
    const peaks: number[] = [];
    for (const count of PROBES) {
      const { loss, gradients } = accumulateGradients(model, [batchOf(count)], { ...options, lossScale: 1 });
      disposeAll(gradients);
      await ops.read(loss);
      loss.dispose();
      peaks.push(ops.memory().peakBytes);
    }
    const [low, high] = peaks as [number, number];
    const slope = (high - low) / (PROBES[1] - PROBES[0]);
    if (slope <= 0)
      throw new ShapeError(
        `estimateMemory: nothing larger must have run on ${ops.name}, got a peak of ${before.peakBytes} bytes before. Ask first, or on a backend of its own.`,
      );
    await trainer.step([batchOf(PROBES[0])]).read();
    const { bytes, peakBytes } = ops.memory();
    const line = (tokens: number): number => high + bytes - modelBytes + slope * (tokens - PROBES[1]);
    return {
      keptBytes: bytes - before.bytes,
      peakBytes: (tokens) => Math.round(Math.max(peakBytes, line(tokens)) - before.bytes),
    };
  } finally {
    trainer.dispose();
    model.dispose();
  }
}
