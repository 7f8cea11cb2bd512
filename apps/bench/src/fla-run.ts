/** What `fla/main.py` writes: the Triton kernels of flash-linear-attention on the same card. */
export interface FlaRun {
  readonly taken: string;
  readonly device: string;
  readonly driver: string;
  readonly torch: string;
  readonly triton: string;
  /** The commit. */
  readonly fla: string;
  readonly dtype: "bf16";
  readonly rates: {
    readonly bytesPerSecond: number;
    readonly flopsPerSecond: Readonly<Record<string, number>>;
  };
  readonly rows: readonly FlaRow[];
}

export interface FlaRow {
  readonly law: string;
  readonly op: string;
  readonly shape: string;
  readonly pass: "forward" | "backward" | "decode";
  /** Of all kernels of a call, without the gaps between them. */
  readonly gpuMs?: number;
  /** Median between events around a call. */
  readonly callMs?: number;
  readonly kernels?: number;
  /** Configurations that its autotuner timed, and those that it lists. */
  readonly tried?: number;
  readonly listed?: number;
  /** Why it has no time. */
  readonly reason?: string;
  readonly remark?: string;
}
