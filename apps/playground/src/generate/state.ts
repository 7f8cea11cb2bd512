import checkpoint from "virtual:checkpoint";
import { computed, signal } from "@preact/signals";
import { linked, numberIn, oneOf, texts } from "../link";
import { ask, type Running } from "../worker/client";
import type { BackendChoice, BackendInfo, Job, Jobs, LoadReport, ModelInfo, Timing } from "../worker/jobs";

export const choice = linked("generate", "backend", "auto", oneOf<BackendChoice>("auto", "webgpu", "cpu"));
export const prompts = linked(
  "generate",
  "prompt",
  ["Call me ", "The state of the Union is ", "It was a clear steel-blue day. The firmaments of air and sea "],
  texts,
);
export const sampling = {
  maxNewTokens: { codec: numberIn(1, 4096), label: "New tokens" },
  temperature: { codec: numberIn(0, 10, false), label: "Temperature" },
  topK: { codec: numberIn(0, 264), label: "Top-k (0: all)" },
  topP: { codec: numberIn(0.001, 1, false), label: "Top-p" },
  seed: { codec: numberIn(0, 2 ** 32 - 1), label: "Seed" },
} as const;
export const maxNewTokens = linked("generate", "tokens", 160, sampling.maxNewTokens.codec);
export const temperature = linked("generate", "temperature", 0.8, sampling.temperature.codec);
export const topK = linked("generate", "top-k", 40, sampling.topK.codec);
export const topP = linked("generate", "top-p", 1, sampling.topP.codec);
export const seed = linked("generate", "seed", 1, sampling.seed.codec);

export const info = signal<BackendInfo | undefined>(undefined);
export const model = signal<ModelInfo | undefined>(undefined);
export const loading = signal<LoadReport | undefined>(undefined);
export const outputs = signal<readonly string[]>([]);
export const timing = signal<Timing | undefined>(undefined);
export const failure = signal<string | undefined>(undefined);

const running = signal<Running<Job> | undefined>(undefined);
export const busy = computed(() => running.value !== undefined);
export const stop = () => running.value?.stop();

/** Waits for a job with its failure shown, and nothing else beside it. */
async function during<J extends Job>(job: Running<J>, then: (result: Jobs[J]["result"]) => void) {
  running.value = job;
  failure.value = undefined;
  try {
    then(await job.result);
  } catch (error) {
    failure.value = (error as Error).message;
  } finally {
    running.value = undefined;
  }
}

/** Opens the chosen backend; a checkpoint on another one is gone with it. */
export function open(backend: BackendChoice): Promise<void> {
  info.value = undefined;
  model.value = undefined;
  timing.value = undefined;
  return during(ask("open", backend), (opened) => {
    info.value = opened;
  });
}

export const checkpointBytes = checkpoint.bytes;

export async function load(): Promise<void> {
  const url = new URL(checkpoint.path, document.baseURI).href;
  loading.value = { stage: "download", done: 0, total: checkpoint.bytes };
  const job = ask("load", { url, bytes: checkpoint.bytes }, (report) => {
    loading.value = report;
  });
  await during(job, (loaded) => {
    model.value = loaded;
  });
  loading.value = undefined;
}

export function run(): Promise<void> {
  outputs.value = prompts.value.map(() => "");
  timing.value = undefined;
  const options = {
    prompts: prompts.value,
    maxNewTokens: maxNewTokens.value,
    temperature: temperature.value,
    topK: topK.value,
    topP: topP.value,
    seed: seed.value,
  };
  const job = ask("generate", options, (pieces) => {
    const next = [...outputs.value];
    for (const { sequence, text } of pieces) next[sequence] += text;
    outputs.value = next;
  });
  return during(job, (done) => {
    timing.value = done;
  });
}
