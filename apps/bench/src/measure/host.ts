import { Bench } from "tinybench";
import type { Effort, Warm } from "./measurement";
import { warmOf } from "./statistics";

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
    retainSamples: true,
    throws: true,
  });
  bench.add(name, async () => {
    await body();
  });
  const [task] = await bench.run();
  const samples = task && "latency" in task.result ? task.result.latency.samples : undefined;
  if (!samples) throw new Error(`bench: ${name} must have run, got no result.`);
  return warmOf(samples);
}
