// The backward verbs of WebGPU beside the CPU's, each alone: every argument's gradient, from one result's gradient or from both.
import {
  checks,
  type HostArray,
  type LooseArgs,
  type Ops,
  type Tensor,
  unaryKinds,
  type Verb,
} from "@webfla/ops";
import { createCpu } from "@webfla/reference";
import { fromLengths } from "@webfla/varlen";
import { createWebGpu, type GpuTensor } from "@webfla/wgsl";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { forEachAdapter } from "../src/adapters";
import { type Maker, maker } from "./verbs/maker";

type Args = <T extends Tensor>(m: Maker<T>) => object;

interface Case {
  readonly name: string;
  readonly verb: Verb;
  readonly args: Args;
}

const row = <V extends Verb>(
  verb: V,
  name: string,
  args: <T extends Tensor>(m: Maker<T>) => LooseArgs<T>[V],
): Case => ({ verb, name: `${verb} ${name}`, args });

const batches = {
  ragged: fromLengths([0, 5, 1, 0, 35, 3, 1, 0]),
  ones: fromLengths([1, 1]),
  nothing: fromLengths([0, 0]),
};
const positive: readonly string[] = ["log", "sqrt", "rsqrt", "reciprocal"];

const dense: readonly Case[] = [
  ...unaryKinds.map((kind) =>
    row("unary", kind, (m) => ({
      kind,
      x: positive.includes(kind) ? m.uniform([3, 91], 0.1, 9) : m.normal([3, 91], 3),
    })),
  ),
  ...(["rms", "layer", "l2"] as const).flatMap((kind) =>
    [
      { D: 5, groupSize: 5 },
      { D: 96, groupSize: 32 },
      { D: 200, groupSize: 200 },
    ].flatMap(({ D, groupSize }) => {
      const call = { kind, eps: 1e-5, groupSize };
      const title = `${kind} ${D}/${groupSize}`;
      const shape = [41, D];
      return [
        row("norm", title, (m) => ({ ...call, x: m.normal(shape, 3) })),
        row("norm", `${title} silu`, (m) => ({
          ...call,
          x: m.normal(shape, 3),
          weight: m.normal([D]),
          bias: m.normal([D]),
          gate: m.normal(shape),
        })),
        row("norm", `${title} sigmoid first`, (m) => ({
          ...call,
          x: m.normal(shape, 3),
          weight: m.normal([D]),
          gate: m.normal(shape),
          activation: "sigmoid",
          gateFirst: true,
        })),
      ];
    }),
  ),
  row("norm", "bias alone", (m) => ({
    kind: "layer",
    eps: 1e-5,
    x: m.normal([2, 3, 7]),
    bias: m.normal([7]),
  })),
  row("norm", "of nothing", (m) => ({ kind: "rms", eps: 1e-5, x: m.normal([0, 7]), weight: m.normal([7]) })),
  ...(["taylor", "square"] as const).flatMap((kind) =>
    [1, 7, 16].map((D) =>
      row("featureMap", `${kind} ${D}`, (m) => ({ kind, x: m.normal([5, 3, D]), scale: 0.35 })),
    ),
  ),
  ...[{}, { labelSmoothing: 0.1, zLoss: 0.02 }].map((options) =>
    row("crossEntropy", Object.keys(options).join(), (m) => ({
      logits: m.normal([5, 333], 4),
      targets: m.given([0, 332, -100, 17, 100], [5], "i32"),
      ...options,
    })),
  ),
];

const sequences: readonly Case[] = Object.entries(batches).flatMap(([batch, varlen]) => {
  const [N, T] = [varlen.sequences, varlen.totalTokens];
  const ends = { outputFinalState: true, varlen };
  const longer = fromLengths([...varlen.lengths].map((length, n) => length + 9 * n));
  return [
    ...[1, 2, 4].flatMap((W) => [
      row("shortConv", `${batch} width ${W}`, (m) => ({
        ...ends,
        x: m.normal([T, 5]),
        weight: m.normal([5, W]),
      })),
      row("shortConv", `${batch} width ${W} silu, bias, state`, (m) => ({
        ...ends,
        x: m.normal([T, 5]),
        weight: m.normal([5, W]),
        bias: m.normal([5]),
        activation: "silu",
        initialState: m.state([N, 5, W]),
      })),
    ]),
    row("tokenShift", batch, (m) => ({ ...ends, x: m.normal([T, 7]) })),
    row("tokenShift", `${batch} cache`, (m) => ({ ...ends, x: m.normal([T, 7]), cache: m.state([N, 7]) })),
    ...(["sum", "logSumExp"] as const).flatMap((kind) =>
      [0, 16].flatMap((chunkSize) =>
        [false, true].map((reverse) =>
          row("cumulative", `${kind} ${batch} chunks ${chunkSize} ${reverse ? "reverse" : ""}`, (m) => ({
            kind,
            x: m.normal([T, 2, 3], 3),
            chunkSize,
            reverse,
            varlen,
          })),
        ),
      ),
    ),
    row("scan", batch, (m) => ({ ...ends, x: m.normal([T, 70]), g: m.gates([T, 70]) })),
    row("scan", `${batch} state`, (m) => ({
      ...ends,
      x: m.normal([T, 7]),
      g: m.gates([T, 7]),
      initialState: m.state([N, 7]),
    })),
    ...[
      { D: 9, S: 5 },
      { D: 70, S: 3 },
    ].map(({ D, S }) =>
      row("selectiveScan", `${batch} ${D} channels, D, state`, (m) => ({
        ...ends,
        x: m.normal([T, D]),
        dt: m.uniform([T, D], 0.001, 0.5),
        A: m.uniform([D, S], -8, -0.1),
        B: m.normal([T, S]),
        C: m.normal([T, S]),
        D: m.normal([D]),
        initialState: m.state([N, D, S]),
      })),
    ),
    row("selectiveScan", batch, (m) => ({
      ...ends,
      x: m.normal([T, 4]),
      dt: m.uniform([T, 4], 0.001, 0.5),
      A: m.uniform([4, 16], -8, -0.1),
      B: m.normal([T, 16]),
      C: m.normal([T, 16]),
    })),
    row("rwkv4", batch, (m) => ({
      ...ends,
      w: m.normal([9]),
      u: m.normal([9]),
      k: m.normal([T, 9], 3),
      v: m.normal([T, 9]),
    })),
    row("rwkv4", `${batch} state`, (m) => ({
      ...ends,
      w: m.normal([9]),
      u: m.normal([9]),
      k: m.normal([T, 9], 3),
      v: m.normal([T, 9]),
      initialState: m.uniform([N, 3, 9], 0.5, 2, "f32"),
    })),
    row("attention", batch, (m) => ({
      q: m.normal([T, 2, 8], 2),
      k: m.normal([T, 2, 8]),
      v: m.normal([T, 2, 8]),
      varlen,
    })),
    row("attention", `${batch} groups, window, gates, sink`, (m) => ({
      q: m.normal([T, 6, 13], 2),
      k: m.normal([T, 2, 13]),
      v: m.normal([T, 2, 7]),
      g: m.gates([T, 6]),
      sink: m.normal([6]),
      window: 5,
      varlen,
    })),
    row("attention", `${batch} gates`, (m) => ({
      q: m.normal([T, 2, 70]),
      k: m.normal([T, 1, 70]),
      v: m.normal([T, 1, 66]),
      g: m.gates([T, 2]),
      varlen,
    })),
    ...[0, 4].map((window) =>
      row("attention", `${batch} cache, window ${window}`, (m) => ({
        q: m.normal([T, 2, 13]),
        k: m.normal([longer.totalTokens, 1, 13]),
        v: m.normal([longer.totalTokens, 1, 7]),
        g: m.gates([longer.totalTokens, 2]),
        sink: m.normal([2]),
        window,
        scale: 0.5,
        varlen,
        keyVarlen: longer,
      })),
    ),
  ];
});

const cases = [...dense, ...sequences];
const tolerance = { f32: 2e-5, f16: 5e-3 };
const recurrent: ReadonlySet<Verb> = new Set(["shortConv", "tokenShift", "scan", "selectiveScan", "rwkv4"]);
/** Which results of a verb with two get a gradient. */
const ways = [["o", "finalState"], ["o"], ["finalState"]] as const;

type Gradients = Readonly<Record<string, HostArray>>;

/** The gradients of a case's arguments; nothing of it stays on the device. */
async function gradients<T extends Tensor>(
  ops: Ops<T>,
  { name, verb, args }: Case,
  storage: "f32" | "f16",
  of: readonly string[],
): Promise<Gradients> {
  const live = ops.memory().tensors;
  const made: T[] = [];
  const m = maker({ ...ops, tensor: (...call) => kept(ops.tensor(...call)) }, name, storage);
  function kept(x: T): T {
    made.push(x);
    return x;
  }
  const like = (x: T): T => m.normal(x.shape, 1, "f32");
  const checked = (checks<T>()[verb] as (args: object) => object)(args(m));
  const result = (ops.backend[verb] as (args: object) => T | Record<string, T | undefined>)(checked);
  const results = "dispose" in result ? [] : Object.entries(result as Record<string, T | undefined>);
  const grad =
    results.length === 0
      ? like(result as T)
      : Object.fromEntries(results.map(([key, x]) => [key, of.includes(key) && x ? like(x) : undefined]));
  const backward = ops.backend.backward[verb] as (call: object) => Record<string, T | undefined>;
  const found = Object.entries(backward({ args: checked, result, grad })).flatMap(([key, x]) =>
    x ? ([[key, x]] as const) : [],
  );
  const read: Record<string, HostArray> = {};
  for (const [key, x] of found) {
    expect(x.dtype, key).toBe("f32");
    expect(x.shape, key).toEqual((checked as Record<string, T>)[key]!.shape);
    read[key] = await ops.read(x);
  }
  const rest = results.length === 0 ? [result as T] : results.map(([, x]) => x);
  for (const x of [...made, ...rest, ...found.map(([, x]) => x)]) x?.dispose();
  expect(ops.memory().tensors).toBe(live);
  return read;
}

/** Root mean square of the difference over that of the expectation, or over 1/20 where less is expected. */
function distance(got: HostArray, want: HostArray): number {
  const norm = (x: Float32Array): number => Math.sqrt(x.reduce((sum, y) => sum + y * y, 0) / (x.length || 1));
  const difference = norm(Float32Array.from(want, (x, i) => x - got[i]!));
  return got.length === want.length ? difference / Math.max(norm(Float32Array.from(want)), 0.05) : Number.NaN;
}

const isZero = (x: HostArray): boolean => x.every((value) => value === 0);

forEachAdapter(({ open, storages }) => {
  const cpu = createCpu({ poison: true });
  let gpu: Ops<GpuTensor>;
  beforeAll(async () => {
    const adapter = await open();
    gpu = await createWebGpu({
      adapter,
      poison: true,
      tiers: adapter.features.has("shader-f16") ? ["shader-f16"] : [],
    });
  });
  afterAll(() => gpu?.dispose());

  for (const storage of storages)
    describe(storage, () => {
      for (const row of cases)
        it(row.name, async ({ skip }) => {
          skip(!gpu.backend.dtypes.includes(storage), `the adapter has no ${storage}`);
          for (const of of recurrent.has(row.verb) ? ways : ways.slice(0, 1)) {
            const want = await gradients(cpu, row, storage, of);
            const got = await gradients<GpuTensor>(gpu, row, storage, of);
            for (const name of new Set([...Object.keys(want), ...Object.keys(got)])) {
              const title = `${name} of ${of.join(" and ")}`;
              // a gradient that is zero may be left out
              if (!got[name] || !want[name])
                expect.soft(isZero((got[name] ?? want[name])!), title).toBe(true);
              else expect.soft(distance(got[name], want[name]), title).toBeLessThan(tolerance[storage]);
            }
          }
        });
    });
});
