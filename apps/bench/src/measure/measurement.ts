/** Milliseconds of many repetitions. */
export interface Spread {
  readonly medianMs: number;
  readonly p10Ms: number;
  readonly p90Ms: number;
  readonly samples: number;
}

/** All dispatches of one kernel in a call. */
export interface Stage {
  readonly kernel: string;
  readonly dispatches: number;
  /** Median over calls of their sum; nothing where the device has no clock. */
  readonly nanoseconds?: number;
  /** Of the storage buffers that they could touch. */
  readonly bytes: number;
  /** Where the case knows. */
  readonly flops?: number;
}

/** Another way to the same result, or another size of it. */
export interface Rival {
  readonly name: string;
  readonly wall?: Spread;
  readonly gpu?: Spread;
  /** Its time over the case's: of the device's clock where both have one. */
  readonly ratio?: number;
  /** What the ratio is to be held against: tokens over tokens of a padded batch. */
  readonly expected?: number;
  /** Why it has no time. */
  readonly reason?: string;
}

/** Where a measurement stands on a curve. */
export interface Point {
  readonly curve: string;
  readonly axis: "tokens" | "sequences" | "skew";
  readonly x: number;
}

/** One line of the results. */
export interface Measurement {
  readonly suite: string;
  readonly name: string;
  /** What computed it. */
  readonly on: string;
  /** The adapter computes on the processor: its times say nothing of a GPU, only that the result is right. */
  readonly correctnessOnly: boolean;
  readonly dtype?: "f32" | "f16";
  readonly tiers?: string;
  /** Relative RMSE against the CPU backend or the oracle, the largest of all results, and what is allowed. */
  readonly error: number;
  readonly tolerance: number;
  /** What was thrown in place of a result. */
  readonly failure?: string;
  /** First call, with whatever it compiles. */
  readonly coldMs: number;
  /** Time per call as its caller sees it. Nothing where the result was not right: a wrong answer has no speed. */
  readonly warm?: Warm;
  /** Time of all dispatches by the device's clock. */
  readonly gpu?: Spread;
  readonly stages?: readonly Stage[];
  /** Inputs read once and results written once. */
  readonly bytes?: number;
  readonly flops?: number;
  /** The least time for these bytes and flops at the rates measured in the same run. */
  readonly floorMs?: number;
  readonly rivals?: readonly Rival[];
  readonly points?: readonly Point[];
  /** Of the f64 oracle's one run, where the row was checked against it. */
  readonly oracleMs?: number;
}

export interface Warm extends Spread {
  readonly fastestMs: number;
  readonly slowestMs: number;
}

/** What the device can do, measured in the run. */
export interface Rates {
  readonly on: string;
  readonly tiers: string;
  /** Bytes read and bytes written, a second. */
  readonly bytesPerSecond: number;
  readonly flopsPerSecond: { readonly f32: number; readonly f16?: number };
}

export interface Effort {
  /** A smoke run: small shapes, few samples. */
  readonly quick: boolean;
}

/** Whether a result may be timed. */
export const green = ({
  error,
  tolerance,
  failure,
}: Pick<Measurement, "error" | "tolerance" | "failure">): boolean => error <= tolerance && !failure;

/** The time that counts: the device's where it is known, else the caller's. */
export const timeOf = ({ gpu, warm }: Pick<Measurement, "gpu" | "warm">): number | undefined =>
  (gpu ?? warm)?.medianMs;
