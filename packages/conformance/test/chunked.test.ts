import { createOps, type Ops, UnsupportedError } from "@webfla/ops";
import { fromLengths, type Varlen } from "@webfla/varlen";
import {
  createWebGpuBackend,
  type GpuTensor,
  openRuntime,
  type PlanOptions,
  type Runtime,
} from "@webfla/wgsl";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { forEachAdapter } from "../src/adapters";
import { draw, flaPacks, type Law, laws, part, type Shape, show } from "./chunked-cases";
import { cpu, expectClose, gated, run, small } from "./chunked-run";
import { compute, relativeError } from "./verbs/compare";

forEachAdapter(({ open }) => {
  let runtime: Runtime;
  let large: Runtime;
  const on = (options: PlanOptions, device = runtime): Ops<GpuTensor> =>
    createOps(createWebGpuBackend(device, options));
  beforeAll(async () => {
    const adapter = await open();
    const tiers = adapter.features.has("shader-f16") ? (["shader-f16"] as const) : [];
    runtime = await openRuntime({ adapter, poison: true, tiers });
    // limits beyond the baseline come with any feature
    large = await openRuntime({ adapter: await open(), poison: true, tiers: ["subgroups"] });
  });
  afterAll(() => {
    runtime.dispose();
    large.dispose();
  });

  describe("chunked is what the law says", () => {
    laws.forEach((law, i) => {
      const shape = { ...small, steps: 1 + (i % 3), HV: 1 + (i % 2) };
      it(`${show(law)}, steps ${shape.steps}, HV ${shape.HV}`, async () => {
        const storage = runtime.info.features.has("shader-f16") ? "f16" : "f32";
        const got = await run(on({ plan: "chunked", chunkSize: 16 }), law, shape, storage);
        expectClose(got, await run(cpu, law, shape, storage), storage === "f16" ? 2e-3 : 1e-5);
      });
    });
  });

  describe("chunks of the usual size and steps agree", () => {
    const shape: Shape = { lengths: [31, 0, 64, 65], H: 1, HV: 2, K: 20, V: 18, steps: 1 };
    for (const law of [
      gated,
      { decay: "vector", erase: "none", read: "after" },
      { decay: "value", erase: "none", read: "bonus" },
    ] as const)
      it(show(law), async () => {
        const want = await run(cpu, law, shape);
        for (const plan of ["auto", "chunked", "recurrent"] as const)
          expectClose(await run(on({ plan }), law, shape), want, 1e-5);
      });
  });

  it("chunks of 64, where there is memory for them", async () => {
    const shape: Shape = { lengths: [63, 65], H: 1, HV: 1, K: 5, V: 3, steps: 1 };
    const got = await run(on({ plan: "chunked", chunkSize: 64 }, large), gated, shape);
    expectClose(got, await run(cpu, gated, shape), 1e-5);
  });

  it("states of several slices and tiles", async () => {
    const shape: Shape = { lengths: [40, 19], H: 1, HV: 1, K: 70, V: 66, steps: 1 };
    for (const law of [gated, { decay: "vector", erase: "none", read: "after" }] as const) {
      const got = await run(on({ plan: "chunked", chunkSize: 16 }), law, shape);
      expectClose(got, await run(cpu, law, shape), 1e-5);
    }
  });

  describe("sequences", () => {
    const chunked = { plan: "chunked", chunkSize: 16 } as const;
    const sequential: readonly Law[] = [
      gated,
      { decay: "vector", erase: "lowRank", read: "after" },
      { decay: "value", erase: "none", read: "after" },
    ];

    it.each(sequential)("packed are what each is alone, bit for bit: %o", async (law) => {
      const lengths = [17, 3, 40];
      const places = [
        [0, 17],
        [17, 20],
        [20, 60],
      ] as const;
      const results = await compute(
        on(chunked),
        {
          name: "packed",
          run: (m) => {
            const call = draw(m, law, { ...small, lengths });
            const together = m.ops.linearAttention(call);
            const alone = places.map((place, n) =>
              m.ops.linearAttention(
                part(m, call, place, m.ops.slice({ x: call.initialState!, axis: 0, start: n, end: n + 1 })),
              ),
            );
            return {
              o: together.o,
              finalState: together.finalState,
              aloneO: m.ops.concat({ xs: alone.map((a) => a.o), axis: 0 }),
              aloneState: m.ops.concat({ xs: alone.map((a) => a.finalState!), axis: 0 }),
            };
          },
        },
        "f32",
      );
      expect(results["aloneO"]).toEqual(results["o"]);
      expect(results["aloneState"]).toEqual(results["finalState"]);
    });

    it.each(sequential)("go on where they were cut: %o", async (law) => {
      const results = await compute(
        on(chunked),
        {
          name: "cut",
          run: (m) => {
            const call = draw(m, law, { ...small, lengths: [50] });
            const whole = m.ops.linearAttention(call);
            const head = m.ops.linearAttention(part(m, call, [0, 23], call.initialState));
            const tail = m.ops.linearAttention(part(m, call, [23, 50], head.finalState));
            return {
              o: whole.o,
              finalState: whole.finalState,
              cutO: m.ops.concat({ xs: [head.o, tail.o], axis: 0 }),
              cutState: tail.finalState,
            };
          },
        },
        "f32",
      );
      expect(relativeError(results["cutO"]!, results["o"]!)).toBeLessThan(1e-5);
      expect(relativeError(results["cutState"]!, results["finalState"]!)).toBeLessThan(1e-5);
    });

    it.each(flaPacks)("of FLA's tests: $name", async ({ lengths }) => {
      const shape = { ...small, lengths };
      for (const plan of ["auto", "chunked"] as const)
        expectClose(await run(on({ ...chunked, plan }), gated, shape), await run(cpu, gated, shape), 1e-5);
    });

    it("of any lengths go their own ways in one batch", async () => {
      const gpu = on({ chunkSize: 16 });
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.nat({ max: 70 }), { minLength: 1, maxLength: 5 }),
          fc.constantFrom(...sequential),
          async (lengths, law) => {
            const shape = { ...small, lengths };
            const [got, want] = [await run(gpu, law, shape), await run(cpu, law, shape)];
            for (const name of ["o", "finalState"] as const)
              expect(relativeError(got[name]!, want[name]!)).toBeLessThan(1e-5);
          },
        ),
        { numRuns: 12 },
      );
    });
  });

  describe("once warm", () => {
    it("rounds leave buffers, bytes and pipelines as they were; other lengths compile nothing", async () => {
      const gpu = on({ chunkSize: 16 });
      const round = (varlen: Varlen) =>
        gpu.scope(() => {
          const T = varlen.totalTokens;
          const x = (...shape: number[]) => gpu.full(0.1, shape);
          gpu.linearAttention({
            q: x(T, 1, 5),
            k: x(T, 1, 5),
            v: x(T, 2, 3),
            varlen,
            decay: { kind: "scalar", g: gpu.full(-0.1, [T, 2]) },
            erase: { kind: "delta", beta: x(T, 2), eraseKey: x(T, 2, 5) },
            read: { kind: "bonus", u: x(2, 5) },
            initialState: x(varlen.sequences, 2, 5, 3),
            outputFinalState: true,
          });
        });
      const batches = [fromLengths([40, 3, 0]), fromLengths([90, 1, 2])] as const;
      for (const batch of batches) round(batch);
      await runtime.flush();
      const { tensors, bytes } = gpu.memory();
      const { pipelines, compiled, buffersLive, bytesLive, bytesPooled } = runtime.stats;
      for (let i = 0; i < 100; i++) round(batches[i % 2]!);
      await runtime.flush();
      expect(gpu.memory()).toMatchObject({ tensors, bytes });
      expect(runtime.stats).toMatchObject({ buffersLive, bytesLive, bytesPooled });
      round(fromLengths([1, 0, 57, 33, 200]));
      await runtime.flush();
      expect(runtime.stats).toMatchObject({ pipelines, compiled });
    });

    it("many short sequences beside a long one are one list each", async () => {
      const lengths = [100, ...new Array<number>(60).fill(1)];
      const gpu = on({ chunkSize: 16 });
      await run(gpu, gated, small);
      const before = runtime.stats.dispatches;
      await run(gpu, gated, small);
      const few = runtime.stats.dispatches - before;
      const got = await run(gpu, gated, { ...small, lengths });
      expect(runtime.stats.dispatches - before - few).toBe(few);
      expectClose(got, await run(cpu, gated, { ...small, lengths }), 1e-5);
    });
  });

  it("refuses chunk sizes that it has no kernel or memory for", async () => {
    const baseline = await openRuntime({ adapter: await open(), tiers: [] });
    for (const chunkSize of [0, 20, 128]) expect(() => on({ chunkSize }, large)).toThrow(UnsupportedError);
    expect(() => on({ chunkSize: 64 }, baseline)).toThrow(/^createWebGpu: chunkSize must be/);
    baseline.dispose();
  });
});
