import checkpoint from "virtual:checkpoint";
import { computed, signal } from "@preact/signals";
import { linked, numberIn, oneOf, texts } from "../link";
import type { BackendChoice, BackendInfo } from "../worker/choices";
import { ask, type JobError, type Running } from "../worker/client";
import type { CheckpointPlace, Job, Jobs, LoadReport, ModelInfo, Timing } from "../worker/jobs";

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
  topK: { codec: numberIn(0, 1_000_000), label: "Top-k (0: all)" },
  topP: { codec: numberIn(0.001, 1, false), label: "Top-p" },
  seed: { codec: numberIn(0, 2 ** 32 - 1), label: "Seed" },
} as const;
export const maxNewTokens = linked("generate", "tokens", 160, sampling.maxNewTokens.codec);
export const temperature = linked("generate", "temperature", 0.8, sampling.temperature.codec);
export const topK = linked("generate", "top-k", 40, sampling.topK.codec);
export const topP = linked("generate", "top-p", 1, sampling.topP.codec);
export const seed = linked("generate", "seed", 1, sampling.seed.codec);

/** A sequence that goes on from a state that was kept. */
export interface Fork {
  /** The kept state's number. */
  readonly from: number;
  /** All that the state has seen, and said. */
  readonly history: string;
  /** What is written behind it. */
  readonly text: string;
}
/** Behind the prompts in the batch; a state is in no link. */
export const forks = signal<readonly Fork[]>([]);

export const place = linked(
  "generate",
  "checkpoint",
  "built-in",
  oneOf<"built-in" | "disk" | "hub">("built-in", "disk", "hub"),
);
export const hubId = linked<string>("generate", "hub", "", {
  read: ([text]) => text,
  write: (value) => (value ? [value] : []),
});
export const files = signal<readonly File[]>([]);

export const info = signal<BackendInfo | undefined>(undefined);
export const model = signal<ModelInfo | undefined>(undefined);
export const loading = signal<LoadReport | undefined>(undefined);
export const outputs = signal<readonly string[]>([]);
export const timing = signal<Timing | undefined>(undefined);
export const failure = signal<JobError | undefined>(undefined);

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
    failure.value = error as JobError;
  } finally {
    running.value = undefined;
  }
  // the model went with its device: a new one is opened, and what went wrong stays to be read
  if (failure.value?.kind !== "lost" || !info.value) return;
  const what = failure.value;
  await open(choice.value);
  failure.value ??= what;
}

/** Opens the chosen backend; a checkpoint on another one is gone with it. */
export function open(backend: BackendChoice): Promise<void> {
  info.value = undefined;
  model.value = undefined;
  timing.value = undefined;
  forks.value = [];
  return during(ask("open", backend), (opened) => {
    info.value = opened;
  });
}

export const checkpointBytes = checkpoint.bytes;

const placeOf = (): CheckpointPlace => {
  switch (place.value) {
    case "built-in":
      return {
        kind: "address",
        url: new URL(checkpoint.path, document.baseURI).href,
        bytes: checkpoint.bytes,
      };
    case "disk":
      return { kind: "files", files: files.value };
    case "hub":
      return { kind: "hub", id: hubId.value };
    default:
      return place.value satisfies never;
  }
};

export async function load(): Promise<void> {
  loading.value = { done: 0, total: 0 };
  const job = ask("load", placeOf(), (report) => {
    loading.value = report;
  });
  await during(job, (loaded) => {
    model.value = loaded;
    timing.value = undefined;
    forks.value = [];
    outputs.value = [];
  });
  loading.value = undefined;
}

/** Lets the model go, so that another can be chosen. */
export const unload = () => {
  model.value = undefined;
};

export function run(): Promise<void> {
  const batch = [...prompts.value.map((text) => ({ text, from: undefined })), ...forks.value];
  outputs.value = batch.map(() => "");
  timing.value = undefined;
  const options = {
    prompts: batch.map(({ text, from }) => ({ text, from })),
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

/** Begins a sequence where another stands, which stays. */
export function fork(sequence: number): void {
  const from = timing.value?.kept[sequence];
  if (from === undefined) return;
  const before = forks.value[sequence - prompts.value.length];
  const seen = before ? before.history + before.text : prompts.value[sequence]!;
  forks.value = [...forks.value, { from, history: seen + outputs.value[sequence]!, text: "" }];
}
