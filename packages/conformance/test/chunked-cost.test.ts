// What calls cost, counted on a device that executes nothing.
import { createOps } from "@webfla/ops";
import { retention } from "@webfla/ops/fla";
import { createTape } from "@webfla/ops/tape";
import { fromLengths } from "@webfla/varlen";
import { createWebGpu, createWebGpuBackend, openRuntime, type TracedDispatch, trace } from "@webfla/wgsl";
import { expect, it } from "vitest";
import { nullDevice } from "../src/adapters";

/** Workgroups of the stages of chunks and of steps. */
const groupsOf = (dispatches: readonly TracedDispatch[]): Record<string, number> => {
  const groups: Record<string, number> = {};
  for (const { kernel, workgroups } of dispatches)
    if (/^(diagonal|delta|recurrent)/.test(kernel))
      groups[kernel] = (groups[kernel] ?? 0) + workgroups[0] * workgroups[1];
  return groups;
};

it("a prompt of 3,000 tokens beside 60 decode rows costs its chunks and 60 rows", async () => {
  const ops = await createWebGpu({ device: await nullDevice(), tiers: [] });
  const [HV, K, V] = [4, 64, 64];
  const cost = async (lengths: readonly number[]) => {
    const varlen = fromLengths(lengths);
    const T = varlen.totalTokens;
    const x = (...shape: number[]) => ops.full(0.1, shape);
    const { dispatches } = await trace(ops, () =>
      ops.scope(
        () =>
          void ops.linearAttention({
            ...{ q: x(T, HV, K), k: x(T, HV, K), v: x(T, HV, V), varlen },
            decay: { kind: "scalar", g: x(T, HV) },
            erase: { kind: "delta" },
          }),
      ),
    );
    return groupsOf(dispatches);
  };
  const chunks = Math.ceil(3000 / 32);
  const alone = await cost([3000]);
  expect(alone["delta/state"]).toBe(HV * (V / 4));
  // a chunk and head has tiles of its own
  expect(alone["diagonal/output"]! % (chunks * HV)).toBe(0);
  const beside = await cost([3000, ...new Array<number>(60).fill(1)]);
  expect(beside).toEqual({ ...alone, "recurrent/recurrent": 60 * HV });
  ops.dispose();
});

it("retention over long sequences is four dispatches, which nothing precedes", async () => {
  const ops = await createWebGpu({ device: await nullDevice(), tiers: [] });
  const x = ops.full(0.1, [300, 2, 64]);
  const varlen = fromLengths([200, 100]);
  const { dispatches } = await trace(ops, () => retention(ops, { q: x, k: x, v: x, varlen }).o.dispose());
  expect(dispatches.map((d) => d.kernel)).toEqual([
    "diagonal/increment",
    "diagonal/carry",
    "diagonal/pairs",
    "diagonal/output",
  ]);
  ops.dispose();
});

it("a thousand rounds forward and backward leave buffers and bytes as they were", async () => {
  const runtime = await openRuntime({ device: await nullDevice(), tiers: [] });
  const ops = createOps(createWebGpuBackend(runtime, { chunkSize: 16 }));
  const batches = [fromLengths([20, 1, 0]), fromLengths([0, 17, 3])];
  const round = (i: number): void => {
    const varlen = batches[i % batches.length]!;
    const T = varlen.totalTokens;
    const tape = createTape(ops);
    const shapes = [
      [T, 1, 5],
      [T, 1, 5],
      [T, 2, 3],
      [T, 2],
      [T, 2],
      [3, 2, 5, 3],
    ];
    const raw = shapes.map((shape) => ops.full(0.1, shape));
    const leaves = raw.map((x) => tape.watch(x));
    const [q, k, v, g, beta, initialState] = leaves as [(typeof leaves)[0], ...typeof leaves];
    const { o, finalState } = tape.ops.linearAttention({
      ...{ q, k: k!, v: v!, initialState, outputFinalState: true, varlen },
      decay: { kind: "scalar", g: g! },
      erase: { kind: "delta", beta: beta! },
    });
    const seeds = [o, finalState!].map((of) => ({ of, seed: ops.full(1, of.shape) }));
    const found = tape.gradients(seeds, leaves);
    tape.dispose();
    for (const x of [...raw, ...found, ...seeds.flatMap(({ of, seed }) => [of, seed])]) x.dispose();
  };
  const rounds = async (count: number) => {
    for (let i = 0; i < count; i++) {
      round(i);
      if (i % 50 === 49) await runtime.flush();
    }
    await runtime.flush();
    const { buffersLive, bytesLive, bytesPooled, pipelines } = runtime.stats;
    return { ...ops.memory(), buffersLive, bytesLive, bytesPooled, pipelines };
  };
  const warm = await rounds(50);
  expect(warm.tensors).toBe(0);
  expect(await rounds(1000)).toEqual(warm);
  runtime.dispose();
});
