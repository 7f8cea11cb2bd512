import { effect, signal } from "@preact/signals";
import { linked, numberIn, oneOf } from "../link";
import { documents } from "../pack/state";
import { task } from "../parts/task";
import type { BackendChoice, BackendInfo } from "../worker/choices";
import { ask, type JobError } from "../worker/client";
import type { KeptRun, ModelType, Sample, TrainedStep, TrainRequest } from "./request";

export const fields = {
  hidden: { label: "Width", codec: numberIn(16, 512), step: 16 },
  layers: { label: "Layers", codec: numberIn(1, 12) },
  tokens: { label: "Tokens a step", codec: numberIn(16, 16_384) },
  steps: { label: "Steps", codec: numberIn(1, 100_000) },
  lr: { label: "Learning rate", codec: numberIn(1e-6, 1, false) },
  seed: { label: "Seed", codec: numberIn(0, 2 ** 31) },
} as const;

export const backend = linked("train", "backend", "auto", oneOf<BackendChoice>("auto", "webgpu", "cpu"));
export const modelType = linked<ModelType>(
  "train",
  "model",
  "gated_deltanet",
  oneOf("gated_deltanet", "kda"),
);
export const hidden = linked("train", "hidden", 64, fields.hidden.codec);
export const layers = linked("train", "layers", 2, fields.layers.codec);
export const tokens = linked("train", "tokens", 512, fields.tokens.codec);
export const steps = linked("train", "steps", 200, fields.steps.codec);
export const lr = linked("train", "lr", 0.005, fields.lr.codec);
export const seed = linked("train", "seed", 1, fields.seed.codec);

export const training = task("train");
export const info = signal<{ readonly backend: BackendInfo; readonly parameters: number } | undefined>(
  undefined,
);
export const taken = signal<readonly TrainedStep[]>([]);
export const samples = signal<readonly Sample[]>([]);
/** Whether a model is in memory to go on with. */
export const begun = signal(false);
export const kept = signal<KeptRun | undefined>(undefined);
export const trouble = signal<JobError | undefined>(undefined);

const drawn = 4000;

export async function train(mode: TrainRequest["mode"]): Promise<void> {
  if (mode !== "go-on") {
    taken.value = [];
    samples.value = [];
    begun.value = false;
  }
  trouble.value = undefined;
  const settings = {
    modelType: modelType.value,
    hidden: hidden.value,
    layers: layers.value,
    tokens: tokens.value,
    lr: lr.value,
    seed: seed.value,
  };
  const request = {
    backend: backend.value,
    settings,
    documents: documents.value,
    steps: steps.value,
    sampleEvery: Math.max(5, Math.round(steps.value / 8)),
    mode,
  };
  await training.start(request, (update) => {
    switch (update.kind) {
      case "opened":
        info.value = { backend: update.info, parameters: update.parameters };
        begun.value = true;
        return;
      case "step":
        taken.value = [...taken.value.slice(-drawn), update.step];
        return;
      case "sample":
        samples.value = [update.sample, ...samples.value].slice(0, 12);
        return;
      default:
        update satisfies never;
    }
  });
  if (training.failure.value?.kind === "lost") begun.value = false;
  await look();
}

/** Looks for a run that this browser keeps. */
export async function look(): Promise<void> {
  kept.value = await ask("kept", undefined).result.catch(() => undefined);
}

export async function forgetKept(): Promise<void> {
  await ask("forget", undefined).result;
  await look();
}

/** Saves the model's files where the browser puts downloads. */
export async function download(): Promise<void> {
  try {
    for (const [name, blob] of await ask("checkpoint", undefined).result) {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    }
  } catch (error) {
    trouble.value = error as JobError;
  }
}

// documents that change while a run is on go into its next batches
effect(() => {
  const texts = documents.value;
  if (training.busy.peek()) void ask("documents", texts).result;
});
