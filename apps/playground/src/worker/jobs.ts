import type { BenchReport, BenchRequest, BenchUpdate } from "../bench/request";
import type { LeakReport, LeakRequest, RunReport, RunRequest } from "../run/request";
import type { StateReport, StateRequest } from "../state/request";
import type { KeptRun, TrainReport, TrainRequest, TrainUpdate } from "../train/request";
import type { BackendChoice, BackendInfo, Progress } from "./choices";

/** What the page asks of the worker: the argument of each job, what it reports while it runs, and its result. */
export interface Jobs {
  open: { argument: BackendChoice; report: never; result: BackendInfo };
  load: { argument: CheckpointPlace; report: LoadReport; result: ModelInfo };
  generate: { argument: GenerateOptions; report: readonly Piece[]; result: Timing };
  run: { argument: RunRequest; report: Progress; result: RunReport };
  state: { argument: StateRequest; report: never; result: StateReport };
  bench: { argument: BenchRequest; report: BenchUpdate; result: BenchReport };
  train: { argument: TrainRequest; report: TrainUpdate; result: TrainReport };
  documents: { argument: readonly string[]; report: never; result: undefined };
  checkpoint: { argument: undefined; report: never; result: Map<string, Blob> };
  kept: { argument: undefined; report: never; result: KeptRun | undefined };
  forget: { argument: undefined; report: never; result: undefined };
  leak: { argument: LeakRequest; report: never; result: LeakReport };
}

export type Job = keyof Jobs;

/** Where a checkpoint is: beside the page, among files from the disk, or on the Hugging Face hub. */
export type CheckpointPlace =
  | { readonly kind: "address"; readonly url: string; readonly bytes: number } // of the weights
  | { readonly kind: "files"; readonly files: readonly File[] }
  | { readonly kind: "hub"; readonly id: string };

export interface LoadReport {
  readonly done: number; // bytes
  readonly total: number;
}

export interface ModelInfo {
  readonly modelType: string;
  readonly parameters: number;
  readonly bytes: number;
  readonly seconds: number;
}

/** A text to continue, behind a state that was kept where there is one. */
export interface PromptText {
  readonly text: string;
  /** A kept state, by its number. */
  readonly from: number | undefined;
}

export interface GenerateOptions {
  readonly prompts: readonly PromptText[];
  readonly maxNewTokens: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly seed: number;
}

/** Text that a sequence has got. */
export interface Piece {
  readonly sequence: number;
  readonly text: string;
}

/** Tokens and seconds up to the first token of every sequence, and of all passes after it. */
export interface Timing {
  readonly prefill: Rate;
  readonly decode: Rate;
  readonly stopped: boolean;
  /** For each sequence the number under which its state is kept, if it is. */
  readonly kept: readonly (number | undefined)[];
}

export interface Rate {
  readonly tokens: number;
  readonly seconds: number;
}

/** What a failure means for what the page holds: nothing, a stop that was asked for, or a device with all on it gone. */
export type FailureKind = "failed" | "stopped" | "lost";

/** Page to worker; stop ends the job of that id. */
export type Order =
  | { [J in Job]: { readonly id: number; readonly job: J; readonly argument: Jobs[J]["argument"] } }[Job]
  | { readonly id: number; readonly job: "stop" };

/** Worker to page. */
export type Answer =
  | { readonly id: number; readonly report: Jobs[Job]["report"] }
  | { readonly id: number; readonly result: Jobs[Job]["result"] }
  | { readonly id: number; readonly failure: string; readonly kind: FailureKind };
