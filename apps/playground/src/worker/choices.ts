/** auto: WebGPU where the adapter is a real one, else the CPU, which a software adapter does not outrun. */
export type BackendChoice = "auto" | "webgpu" | "cpu";

export interface BackendInfo {
  readonly backend: "webgpu" | "cpu";
  /** What the adapter calls itself; nothing where there is none. */
  readonly adapter: string | undefined;
  /** Whether the adapter computes on the processor. */
  readonly software: boolean;
}

/** What may be used of a device: nothing optional, or all that is there. */
export type TierChoice = "all" | "baseline";

/** What is being done. */
export interface Progress {
  readonly text: string;
  readonly done: number;
  readonly total: number;
}
