import type { Tensor } from "@webfla/ops";
import type { Model } from "../models/model";
import type { ModelState } from "../models/state";
import { type Gradients, take } from "./gradients";
import { countTargets } from "./head";
import { type LossOptions, labelsOf, lossAndGradients, type TrainBatch } from "./loss";

/** Tensors belong to the caller, or to the scope around the call. */
export interface AccumulatedResult<T> {
  readonly loss: T; // [1] f32
  /** Rows with a label, of all batches. */
  readonly targets: number;
  readonly gradients: Gradients<T>;
  /** After each batch, where wanted. */
  readonly states: readonly (ModelState<T> | undefined)[];
}

/** The loss and gradients of batches as if they were one: each target weighs the same, however many its batch has. */
export function accumulateGradients<T extends Tensor>(
  model: Model<T>,
  batches: readonly TrainBatch<T>[],
  options: LossOptions = {},
): AccumulatedResult<T> {
  const { ops } = model;
  const targets = batches.reduce((sum, batch) => sum + countTargets(labelsOf(batch)), 0);
  return ops.scope(() => {
    const losses: Gradients<T> = new Map([["loss", ops.full(0, [1])]]);
    const gradients: Gradients<T> = new Map();
    const states = batches.map((batch) => {
      const found = lossAndGradients(model, batch, { targets, ...options });
      take(ops, losses, "loss", found.loss);
      for (const [name, grad] of found.gradients) take(ops, gradients, name, grad);
      found.inputsEmbeds?.dispose();
      return found.state;
    });
    return { loss: losses.get("loss")!, targets, gradients, states };
  });
}
