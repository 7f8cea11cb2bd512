import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Tensor } from "@webfla/ops";
import { fromCuSeqlens } from "@webfla/varlen";
import { loadModel, type Model } from "@webfla/zoo";
import { openDirectory } from "@webfla/zoo/node";
import type { TensorStore } from "@webfla/zoo/safetensors";
import {
  clipFactor,
  disposeAll,
  gradientNorm,
  lossAndGradients,
  type TrainBatch,
  Trainer,
} from "@webfla/zoo/train";
import { compare } from "./compare";
import type { Finding } from "./line";
import { openFile } from "./open-file";
import type { Target } from "./target";

/** What train.json tells of a run, beside what the other files hold. */
interface Run {
  readonly hyperparameters: {
    readonly lr: number;
    readonly betas: readonly [number, number];
    readonly eps: number;
    readonly weight_decay: number;
    readonly decay_all_parameters: boolean;
    readonly warmup_steps: number;
    readonly clip_grad_norm: number;
    readonly steps: number;
  };
  readonly losses: readonly number[];
  readonly grad_norms: readonly number[];
}

const TOLERANCE = 1e-3;

/** Trains on the stored batches from the stored weights: losses and norms step by step, first gradients, last parameters. */
export async function* verifyTraining<T extends Tensor>(
  { ops }: Target<T>,
  directory: string,
): AsyncGenerator<Finding> {
  const run = JSON.parse(await readFile(join(directory, "train.json"), "utf8")) as Run;
  const batches = await openFile(join(directory, "batches_and_losses.safetensors"));
  const { lr, betas, eps, weight_decay, warmup_steps, clip_grad_norm, steps } = run.hyperparameters;
  const start = await openDirectory(join(directory, "init"));
  const model = await loadModel(ops, start).finally(() => start.close());
  const trainer = new Trainer(model, {
    schedule: (step) => lr * Math.min(1, (step + 1) / warmup_steps),
    beta1: betas[0],
    beta2: betas[1],
    eps,
    weightDecay: weight_decay,
    maxGradNorm: clip_grad_norm,
    ...(run.hyperparameters.decay_all_parameters && { decays: () => true }),
  });
  try {
    const first = await openFile(join(directory, "grads_step0.safetensors"));
    yield* firstGradients(model, await batchOf(batches, 0), first, clip_grad_norm);
    for (let step = 0; step < steps; step++) {
      const { loss, gradNorm } = await trainer.step([await batchOf(batches, step)]).read();
      yield compare(`step ${step} loss`, [loss], [run.losses[step]!], 1e-4);
      yield compare(`step ${step} gradient norm`, [gradNorm], [run.grad_norms[step]!], TOLERANCE);
    }
    const final = await openFile(join(directory, "final", "model.safetensors"));
    for (const [name, x] of model.parameters)
      yield compare(`final ${name}`, await ops.read(x), await final.read(name), TOLERANCE);
  } finally {
    trainer.dispose();
    model.dispose();
  }
}

async function batchOf(file: TensorStore, step: number): Promise<TrainBatch<never>> {
  const name = `step${String(step).padStart(2, "0")}`;
  return {
    tokens: Int32Array.from(await file.read(`${name}.input_ids`)),
    varlen: fromCuSeqlens(await file.read(`${name}.cu_seqlens`)),
  };
}

/** Gradients of the first step, clipped. */
async function* firstGradients<T extends Tensor>(
  model: Model<T>,
  batch: TrainBatch<T>,
  expected: TensorStore,
  maxNorm: number,
): AsyncGenerator<Finding> {
  const { ops } = model;
  const { factor, gradients } = ops.scope(() => {
    const found = lossAndGradients(model, batch);
    return {
      factor: clipFactor(ops, gradientNorm(ops, found.gradients), maxNorm),
      gradients: found.gradients,
    };
  });
  const [scale] = await ops.read(factor);
  factor.dispose();
  for (const [name, x] of gradients) {
    const clipped = (await ops.read(x)).map((value) => value * scale!);
    yield compare(`gradient ${name}`, clipped, await expected.read(name), TOLERANCE);
  }
  disposeAll(gradients);
}
