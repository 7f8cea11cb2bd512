import { bytesPer, createOps, elements, type Ops, type Tensor } from "@webfla/ops";
import {
  createWebGpuBackend,
  type GpuTensor,
  type PlanOptions,
  type TileOptions,
  type TracedDispatch,
} from "@webfla/wgsl";
import type { Session } from "../adapters";
import type { Work } from "../cases/case";
import { type Drawn, disposeAll, draw } from "../cases/draw";
import type { Effort, Spread, Stage, Warm } from "./measurement";
import { median, relativeError, spread, warmOf } from "./statistics";

/** How long to go on. */
export interface Patience {
  /** Of all samples of a time. */
  readonly milliseconds: number;
  readonly samples: number;
}

export const patience = ({ quick }: Effort): Patience =>
  quick ? { milliseconds: 0, samples: 2 } : { milliseconds: 600, samples: 20 };

// several times the last-level cache of any GPU
const cacheBytes = 2 ** 28;
const mostSets = 16;
// buffers that a call frees serve the next one, so a long row of calls takes no more memory
const longestRow = 100;
// calls of which each dispatch is timed for itself
const mostTraced = 6;
// nanoseconds that a sample of the device's clock takes, and dispatches of a list that goes to the device at once
const leastSample = 1e7;
const longestList = 2048;

const bytesOf = (xs: Iterable<Tensor>): number =>
  [...xs].reduce((sum, { shape, dtype }) => sum + elements(shape) * bytesPer(dtype), 0);

/** Work on a device with inputs enough that no call finds its own in a cache. */
export class Prepared {
  readonly ops: Ops<GpuTensor>;
  readonly #sets: Drawn<GpuTensor>[] = [];
  #calls = 0;

  constructor(
    readonly session: Session,
    readonly work: Work,
    readonly dtype: "f32" | "f16",
    plan: PlanOptions & TileOptions = {},
    sets?: number,
  ) {
    this.ops = createOps(createWebGpuBackend(session.runtime, plan));
    this.#sets.push(draw(this.ops, work.inputs, dtype));
    const size = bytesOf(Object.values(this.#sets[0]!));
    const wanted = sets ?? Math.min(mostSets, Math.ceil(cacheBytes / Math.max(1, size)));
    for (let set = 1; set < wanted; set++) this.#sets.push(draw(this.ops, work.inputs, dtype, set));
  }

  /** The first call until it is done, and the bytes that any call must move: inputs read once and results written once. */
  async first(): Promise<{ readonly ms: number; readonly bytes: number }> {
    await this.done();
    const start = performance.now();
    const results = this.call();
    await this.done();
    const ms = performance.now() - start;
    const sparse = this.work.sparse ?? [];
    const read = Object.entries(this.#sets[0]!).flatMap(([name, x]) => (sparse.includes(name) ? [] : [x]));
    const bytes = bytesOf([...read, ...results]);
    disposeAll(results);
    return { ms, bytes };
  }

  /** One call on the next set; its results belong to the caller. */
  call(): readonly GpuTensor[] {
    return this.work.run(this.ops, this.#sets[this.#calls++ % this.#sets.length]!);
  }

  /** Everything recorded is done. */
  async done(): Promise<void> {
    const { runtime } = this.session;
    await runtime.flush();
    await runtime.device.queue.onSubmittedWorkDone();
  }

  /** Milliseconds a call, each with the device before the next is recorded, and waited for together. */
  async row(count: number): Promise<number> {
    const { runtime } = this.session;
    const start = performance.now();
    for (let i = 0; i < count; i++) {
      disposeAll(this.call());
      await runtime.flush();
    }
    await runtime.device.queue.onSubmittedWorkDone();
    return (performance.now() - start) / count;
  }

  /** Time per call as its caller sees it. */
  async wall({ milliseconds, samples }: Patience): Promise<Warm> {
    const first = await this.row(1);
    const count = Math.max(1, Math.min(longestRow, Math.floor(milliseconds / samples / first)));
    // a card that idled runs slower for a while
    const warm = performance.now() + milliseconds / 3;
    while (performance.now() < warm) await this.row(count);
    const times: number[] = [];
    const end = performance.now() + milliseconds;
    while (times.length < 2 || (times.length < samples && performance.now() < end))
      times.push(await this.row(count));
    return warmOf(times);
  }

  /** Time by the device's clock, of calls in one list, and how long each of their kernels takes by itself. */
  async gpu({
    milliseconds,
    samples,
  }: Patience): Promise<{ readonly gpu?: Spread; readonly stages: readonly Stage[] }> {
    const { runtime } = this.session;
    const traced: (readonly TracedDispatch[])[] = [];
    while (traced.length < Math.min(samples, mostTraced)) {
      const { dispatches } = await runtime.trace(() => disposeAll(this.call()));
      traced.push(dispatches);
    }
    const stages = stagesOf(traced, this.work.stageFlops ?? {});
    const sums: readonly Time[] = traced.map(total);
    if (!known(sums)) return { stages };
    // calls enough that the two timestamps weigh nothing, in one list, which the device never waits for
    const wanted = Math.ceil(leastSample / Math.max(1, median(sums)));
    const count = Math.max(1, Math.min(wanted, Math.floor(longestList / traced[0]!.length)));
    const times: number[] = [];
    const end = performance.now() + milliseconds;
    while (times.length < 2 || (times.length < samples && performance.now() < end)) {
      const { nanoseconds } = await runtime.time(() => {
        for (let i = 0; i < count; i++) disposeAll(this.call());
      });
      times.push(nanoseconds / count / 1e6);
    }
    return { gpu: spread(times), stages };
  }

  /** What a call gives on this device and on another one, from the same numbers. */
  async compare<T extends Tensor>(other: Ops<T>): Promise<number> {
    const { ops } = this;
    const inputs = this.#sets[0]!;
    const theirs: [string, T][] = [];
    for (const [name, x] of Object.entries(inputs))
      theirs.push([name, other.tensor(await ops.read(x), x.shape, x.dtype === "f16" ? "f32" : x.dtype)]);
    const got = this.work.run(ops, inputs);
    const want = this.work.run(other, Object.fromEntries(theirs));
    let worst = 0;
    for (const [i, x] of got.entries()) {
      const error = relativeError(await ops.read(x), await other.read(want[i]!));
      // a NaN stays
      if (!(error <= worst)) worst = error;
      if (Number.isNaN(worst)) break;
    }
    disposeAll(got);
    disposeAll([...want, ...theirs.map(([, x]) => x)]);
    return worst;
  }

  dispose(): void {
    for (const set of this.#sets) disposeAll(Object.values(set));
  }
}

type Time = number | undefined;
const known = (times: readonly Time[]): times is readonly number[] => times.every((t) => t !== undefined);

/** Nanoseconds of dispatches together; nothing where the device has no clock. */
const total = (dispatches: readonly TracedDispatch[]): Time =>
  dispatches.reduce<Time>(
    (sum, { nanoseconds }) =>
      sum === undefined || nanoseconds === undefined ? undefined : sum + nanoseconds,
    0,
  );

function stagesOf(
  calls: readonly (readonly TracedDispatch[])[],
  flops: Readonly<Record<string, number>>,
): readonly Stage[] {
  const kernels = [...new Set(calls[0]!.map(({ kernel }) => kernel))];
  return kernels.map((kernel) => {
    const each = calls.map((call) => call.filter((d) => d.kernel === kernel));
    const times: readonly Time[] = each.map(total);
    return {
      kernel,
      dispatches: each[0]!.length,
      bytes: each[0]!.reduce((sum, { bytes }) => sum + bytes, 0),
      ...(known(times) && { nanoseconds: median(times) }),
      ...(flops[kernel] !== undefined && { flops: flops[kernel] }),
    };
  });
}
