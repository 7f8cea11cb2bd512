import { Bench } from "tinybench";

/** One line of the results. */
export interface Measurement {
  readonly suite: string;
  readonly name: string;
  /** What computed it. */
  readonly on: string;
  /** The adapter computes on the processor: its times say nothing of a GPU, only that the result is right. */
  readonly correctnessOnly: boolean;
  /** Relative RMSE against the oracle, and what is allowed. */
  readonly error: number;
  readonly tolerance: number;
  /** First call, with whatever it compiles. */
  readonly coldMs: number;
  /** Nothing where the result was not right: a wrong answer has no speed. */
  readonly warm?: Warm;
  readonly oracleMs?: number;
  readonly gflops?: number;
  /** How many times faster than another way to the same result, and than what is asked of it at least. */
  readonly versus?: { readonly name: string; readonly ratio: number };
}

export interface Warm {
  readonly medianMs: number;
  readonly fastestMs: number;
  readonly slowestMs: number;
  readonly samples: number;
}

export interface Effort {
  /** A smoke run: small shapes, few samples. */
  readonly quick: boolean;
}

/** Milliseconds of a call, and what it gave. */
export async function once<R>(body: () => R | Promise<R>): Promise<{ result: R; ms: number }> {
  const start = performance.now();
  const result = await body();
  return { result, ms: performance.now() - start };
}

/** Repeats a call that has been made before. */
export async function repeat(name: string, body: () => unknown, { quick }: Effort): Promise<Warm> {
  const bench = new Bench({
    time: quick ? 0 : 500,
    iterations: quick ? 2 : 5,
    warmupTime: 0,
    warmupIterations: 1,
    throws: true,
  });
  bench.add(name, async () => {
    await body();
  });
  const [task] = await bench.run();
  if (!task || !("latency" in task.result)) throw new Error(`bench: ${name} must have run, got no result.`);
  const { p50, min, max, samplesCount } = task.result.latency;
  return { medianMs: p50, fastestMs: min, slowestMs: max, samples: samplesCount };
}

/** sqrt(Σ(x − y)² / Σy²); NaN where a number is, or where the sizes differ. */
export function relativeError(x: ArrayLike<number>, y: ArrayLike<number>): number {
  if (x.length !== y.length) return Number.NaN;
  let [error, size] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    error += (x[i]! - y[i]!) ** 2;
    size += y[i]! ** 2;
  }
  return error === 0 ? 0 : Math.sqrt(error / size);
}

/** Whether a result may be timed. */
export const green = ({ error, tolerance }: Pick<Measurement, "error" | "tolerance">): boolean =>
  error <= tolerance;
