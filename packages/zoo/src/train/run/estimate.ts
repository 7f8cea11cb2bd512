import { type MemoryUse, type Ops, ShapeError, type Tensor } from "@webfla/ops";
import { fromLengths } from "@webfla/varlen";
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

/** Tokens of the steps that are measured. */
const PROBES = [64, 128, 256] as const;

/**
 * What a step will take, before the first one: three small steps of such a model are run and their peaks measured, for
 * beyond what is kept from step to step memory is linear in tokens. Wants a backend that nothing larger has run on;
 * leaves nothing there. Throws ShapeError where something has.
 */
export async function estimateMemory<T extends Tensor>(
  ops: Ops<T>,
  { config, dtype, ...options }: EstimateOptions,
): Promise<TrainingMemory> {
  const before = ops.memory();
  const model = initialModel(ops, config, { seed: 0, dtype });
  const trainer = new Trainer(model, { ...options, schedule: () => 0 });
  try {
    const peaks: MemoryUse[] = [];
    for (const count of PROBES) {
      const tokens = new Int32Array(count);
      await trainer.step([{ tokens, varlen: fromLengths([count]) }]).read();
      peaks.push(ops.memory());
    }
    // the first step finds no moments yet, and the last two give the line
    const [low, high] = [peaks[1]!.peakBytes, peaks[2]!.peakBytes];
    const slope = (high - low) / (PROBES[2] - PROBES[1]);
    if (slope <= 0)
      throw new ShapeError(
        `estimateMemory: nothing larger must have run on ${ops.name}, got a peak of ${before.peakBytes} bytes before. Ask first, or on a backend of its own.`,
      );
    return {
      keptBytes: peaks[2]!.bytes - before.bytes,
      peakBytes: (tokens) => Math.round(high - before.bytes + slope * (tokens - PROBES[2])),
    };
  } finally {
    trainer.dispose();
    model.dispose();
  }
}
