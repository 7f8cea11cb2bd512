import type { BenchReport, BenchRequest, BenchUpdate } from "../bench/request";
import type { LeakReport, LeakRequest, Progress, RunReport, RunRequest } from "../run/request";
import type { StateReport, StateRequest } from "../state/request";

/** What the page asks of the worker: the argument of each job, what it reports while it runs, and its result. */
export interface Jobs {
  open: { argument: BackendChoice; report: never; result: BackendInfo };
  load: { argument: Checkpoint; report: LoadReport; result: ModelInfo };
  generate: { argument: GenerateOptions; report: readonly Piece[]; result: Timing };
  run: { argument: RunRequest; report: Progress; result: RunReport };
  state: { argument: StateRequest; report: never; result: StateReport };
  bench: { argument: BenchRequest; report: BenchUpdate; result: BenchReport };
  leak: { argument: LeakRequest; report: never; result: LeakReport };
}

export type Job = keyof Jobs;

/** auto: WebGPU where the adapter is a real one, else the CPU, which a software adapter does not outrun. */
export type BackendChoice = "auto" | "webgpu" | "cpu";

export interface BackendInfo {
  readonly backend: "webgpu" | "cpu";
  /** What the adapter calls itself; nothing where there is none. */
  readonly adapter: string | undefined;
  /** Whether the adapter computes on the processor. */
  readonly software: boolean;
}

/** A folder with config.json and model.safetensors. */
export interface Checkpoint {
  readonly url: string; // absolute
  readonly bytes: number; // of the weights
}

export interface LoadReport {
  readonly stage: "download" | "device";
  readonly done: number; // bytes, or parameters
  readonly total: number;
}

export interface ModelInfo {
  readonly parameters: number;
  readonly bytes: number;
  readonly seconds: number;
}

export interface GenerateOptions {
  readonly prompts: readonly string[];
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

/** Tokens and seconds of the packed pass over the prompts, and of all single-token passes after it. */
export interface Timing {
  readonly prefill: Rate;
  readonly decode: Rate;
  readonly stopped: boolean;
}

export interface Rate {
  readonly tokens: number;
  readonly seconds: number;
}

/** Page to worker; stop ends the job of that id. */
export type Order =
  | { [J in Job]: { readonly id: number; readonly job: J; readonly argument: Jobs[J]["argument"] } }[Job]
  | { readonly id: number; readonly job: "stop" };

/** Worker to page. */
export type Answer =
  | { readonly id: number; readonly report: Jobs[Job]["report"] }
  | { readonly id: number; readonly result: Jobs[Job]["result"] }
  | { readonly id: number; readonly failure: string };
