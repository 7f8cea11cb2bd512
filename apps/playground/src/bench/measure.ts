import type { DType, Ops, Tensor } from "@webfla/ops";
import { relativeError } from "../run/grid";
import { type Drawn, draw, sizesOf } from "../variants/inputs";
import { skewed } from "../variants/skewed";
import { variantOf } from "../variants/table";
import { breathe } from "../worker/breathe";
import { type GpuChoice, onMachine } from "../worker/machine";
import {
  type BenchReport,
  type BenchRequest,
  type BenchUpdate,
  heads,
  type Point,
  type Suite,
  sequences,
} from "./request";

interface Job {
  readonly suite: Suite;
  readonly series: string;
  readonly x: number;
  readonly lengths: readonly number[];
  readonly on: "webgpu" | "cpu";
  readonly choice: GpuChoice;
  readonly dtype: DType;
}

const smallest = 64;
const noLaws = { decay: "none", erase: "none", read: "after" } as const;

/** Every call of the suites that were asked for. */
function jobsOf({ suites, tokens, on }: BenchRequest, hasHalf: boolean): Job[] {
  const sizes: number[] = [];
  for (let T = Math.min(smallest, tokens); T <= tokens; T *= 2) sizes.push(T);
  const automatic: GpuChoice = { tiers: "all", plan: "auto" };
  const one = (suite: Suite, series: string, rest: Partial<Job>): Job[] =>
    sizes.map((T) => ({ suite, series, x: T, lengths: [T], on, choice: automatic, dtype: "f32", ...rest }));
  const ragged = [0, 0.5, 1, 1.5].flatMap((skew): Job[] => {
    const lengths = skewed(sequences, tokens, skew, 1);
    const padded = lengths.map(() => Math.max(...lengths));
    const shared = { suite: "packing", x: skew, on, choice: automatic, dtype: "f32" } as const;
    return [
      { ...shared, series: "packed", lengths },
      { ...shared, series: "padded", lengths: padded },
    ];
  });
  const gpu = on === "webgpu";
  const all: Record<Suite, Job[]> = {
    plans: gpu
      ? [
          ...one("plans", "in chunks", { choice: { tiers: "all", plan: "chunked" } }),
          ...one("plans", "token by token", { choice: { tiers: "all", plan: "recurrent" } }),
        ]
      : [],
    packing: ragged,
    tiers: [
      ...(gpu ? one("tiers", "baseline", { choice: { tiers: "baseline", plan: "auto" } }) : []),
      ...(gpu ? one("tiers", "all features", {}) : []),
      ...(gpu && hasHalf ? one("tiers", "f16 storage", { dtype: "f16" }) : []),
      ...one("tiers", "CPU", { on: "cpu" }),
    ],
  };
  return suites.flatMap((suite) => all[suite]);
}

/** Times the suites, a call after another, telling each as it is known. */
export async function bench(
  request: BenchRequest,
  report: (update: BenchUpdate) => void,
  signal: AbortSignal,
): Promise<BenchReport> {
  const automatic: GpuChoice = { tiers: "all", plan: "auto" };
  const points: Point[] = [];
  const tell = (text: string, done: number, total: number) =>
    report({ progress: { text, done, total }, points: [...points] });
  tell("Held to the CPU backend", 0, 1);
  await breathe(signal);
  const about = await onMachine(request.on, automatic, async (machine) => {
    const mine = await values(machine.ops, request, smallest);
    const theirs = await onMachine("cpu", automatic, ({ ops }) => values(ops, request, smallest));
    return { machine: machine.name, features: machine.features, error: relativeError(mine, theirs) };
  });
  const jobs = jobsOf(request, about.features.includes("shader-f16"));
  for (const [done, job] of jobs.entries()) {
    tell(`${job.series}, ${job.lengths.reduce((a, b) => a + b, 0)} tokens`, done, jobs.length);
    await breathe(signal);
    const ms = await onMachine(job.on, job.choice, ({ ops }) => time(ops, request, job, signal));
    const { suite, series, x, lengths } = job;
    points.push({ suite, series, x, tokens: lengths.reduce((a, b) => a + b, 0), ms });
  }
  return { ...about, points };
}

function inputsOf<T extends Tensor>(
  ops: Ops<T>,
  { variant: name }: BenchRequest,
  lengths: readonly number[],
  dtype: DType = "f32",
) {
  const variant = variantOf(name, noLaws);
  const { varlen, ...sizes } = sizesOf(lengths, heads);
  const upload = ({ data, shape, input }: Drawn) =>
    ops.tensor(data, shape, input.shape[0] === "N" ? "f32" : dtype);
  const tensors = Object.fromEntries(
    Object.entries(variant.inputs).map(([input, spec]) => [input, upload(draw(spec, sizes, 1, input))]),
  );
  const dispose = () => {
    for (const x of Object.values(tensors)) x.dispose();
  };
  const call = () => variant.run(ops, tensors, varlen)["o"]!;
  return { call: () => ops.scope(call), dispose };
}

async function values<T extends Tensor>(ops: Ops<T>, request: BenchRequest, T: number) {
  const { call, dispose } = inputsOf(ops, request, [T]);
  const o = call();
  const read = await ops.read(o);
  o.dispose();
  dispose();
  return read;
}

/** Milliseconds of a call: the median of a few rows of calls, each row waited for with one token read. */
async function time<T extends Tensor>(
  ops: Ops<T>,
  request: BenchRequest,
  { lengths, dtype }: Job,
  signal: AbortSignal,
): Promise<number> {
  const { call, dispose } = inputsOf(ops, request, lengths, dtype);
  const row = async (calls: number): Promise<number> => {
    const start = performance.now();
    for (let i = 1; i < calls; i++) call().dispose();
    const last = ops.scope(() => ops.slice({ x: call(), axis: 0, start: 0, end: 1 }));
    await ops.read(last);
    last.dispose();
    return (performance.now() - start) / calls;
  };
  try {
    await row(1);
    const once = await row(1);
    // long enough for the clock, short enough to be waited for
    const calls = Math.max(1, Math.min(10, Math.floor(40 / once)));
    const taken = [once];
    for (let rows = 0; rows < 4 && taken.length * once * calls < 400; rows++) {
      await breathe(signal);
      taken.push(await row(calls));
    }
    return taken.sort((a, b) => a - b)[taken.length >> 1]!;
  } finally {
    dispose();
  }
}
