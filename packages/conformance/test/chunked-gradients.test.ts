// Gradients of linear attention on every adapter beside the CPU's.
import { createOps, elements, type Ops, type Tensor, UnsupportedError } from "@webfla/ops";
import { createTape } from "@webfla/ops/tape";
import { createCpu } from "@webfla/reference";
import { fromLengths } from "@webfla/varlen";
import { createWebGpuBackend, type GpuTensor, openRuntime, type Runtime, trace } from "@webfla/wgsl";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { forEachAdapter } from "../src/adapters";
import { type Call, draw, type Law, laws, type Shape, show } from "./chunked-cases";
import { relativeError } from "./verbs/compare";
import { gradientsOf } from "./verbs/gradients";
import type { Case, Maker } from "./verbs/maker";

const cpu = createCpu({ poison: true });
const small: Shape = { lengths: [0, 15, 1, 16, 17, 35], H: 1, HV: 2, K: 5, V: 3, steps: 1 };

type Change = <T extends Tensor>(m: Maker<T>, call: Call<T>) => Call<T>;
const asDrawn: Change = (_, call) => call;

const caseOf = (law: Law, shape: Shape, change: Change = asDrawn, results = ["o", "finalState"]): Case => ({
  name: show(law),
  run: (m) => {
    const made = m.ops.linearAttention(change(m, draw(m, law, shape)));
    return Object.fromEntries(Object.entries(made).filter(([name]) => results.includes(name)));
  },
});

const canChunk = ({ decay, erase }: Law): boolean =>
  erase === "none" || decay !== (erase === "oja" ? "vector" : "value");

forEachAdapter(({ open, storages }) => {
  let runtime: Runtime;
  let gpu: Ops<GpuTensor>;
  beforeAll(async () => {
    const adapter = await open();
    const tiers = adapter.features.has("shader-f16") ? (["shader-f16"] as const) : [];
    runtime = await openRuntime({ adapter, poison: true, tiers });
    gpu = createOps(createWebGpuBackend(runtime, { chunkSize: 16 }));
  });
  afterAll(() => runtime.dispose());

  async function expectClose(row: Case, tolerance: number, storage: "f32" | "f16" = "f32"): Promise<void> {
    const { tensors } = gpu.memory();
    const want = await gradientsOf(cpu, row, storage);
    const got = await gradientsOf(gpu, row, storage);
    for (const [i, x] of got.entries())
      expect.soft(relativeError(x, want[i]!), `input ${i} as drawn`).toBeLessThan(tolerance);
    expect(gpu.memory().tensors).toBe(tensors);
  }

  // software adapters share the laws: one takes those that read after their writes, the other those that read before them
  const takes = (i: number): boolean => storages.length > 1 || storages.includes(i % 2 === 0 ? "f32" : "f16");

  describe("of every law", () => {
    laws.filter(canChunk).forEach((law, i) => {
      if (!takes(i)) return;
      const shape = { ...small, steps: 1 + (((i >> 1) + (i >> 3)) % 2), H: 1 + (i % 2) };
      it(`${show(law)}, steps ${shape.steps}, H ${shape.H}`, () => expectClose(caseOf(law, shape), 1e-5));
    });
  });

  const gated: Law = { decay: "scalar", erase: "delta beta key", read: "after" };
  const oja: Law = { decay: "value", erase: "oja", read: "after" };
  const strong: Change = ({ ops }, call) => {
    if (!call.decay || call.decay.kind === "head") return call;
    const { shape } = call.decay.g;
    const value = (i: number): number => ((i * 7) % 5 < 2 ? -20 : (i * 7) % 5 < 4 ? 0 : -0.1);
    const g = ops.tensor(
      Float32Array.from({ length: elements(shape) }, (_, i) => value(i)),
      shape,
    );
    return { ...call, decay: { ...call.decay, g } };
  };

  it.each<Law>([
    gated,
    { ...gated, decay: "vector" },
    { decay: "vector", erase: "lowRank", read: "after" },
    { decay: "value", erase: "none", read: "bonus" },
    oja,
  ])("of gates of −20 beside 0 are finite and right: %o", (law) =>
    expectClose(caseOf(law, { ...small, lengths: [40] }, strong), 1e-4),
  );

  const constant: Change = ({ ops }, call) => {
    if (!call.decay) return call;
    const of = <T extends Tensor>({ shape }: T) => ops.full(-0.3, shape);
    if (call.decay.kind === "head")
      return { ...call, decay: { kind: "head", slopes: of(call.decay.slopes) } };
    return { ...call, decay: { ...call.decay, g: of(call.decay.g) } };
  };

  it.each<Law>([
    { decay: "head", erase: "none", read: "after" },
    { decay: "scalar", erase: "none", read: "bonus" },
    gated,
    { decay: "vector", erase: "none", read: "bonus" },
    { decay: "vector", erase: "lowRank", read: "after" },
    { decay: "value", erase: "none", read: "after" },
    oja,
  ])("of all but gates that are constants, for which nothing is launched: %o", async (law) => {
    const row = caseOf(law, { ...small, steps: 2 }, constant);
    await expectClose(row, 1e-5);
    const { dispatches } = await trace(gpu, () => gradientsOf(gpu, row, "f32"));
    const launched = dispatches.map(({ kernel }) => kernel);
    expect(launched).toContain("diagonal/write_grad");
    for (const kernel of launched) expect(kernel).not.toMatch(/closing_grad|gate_.*grad/);
  });

  it.each<Law>([gated, oja])("of q and k that the call normalises: %o", (law) =>
    expectClose(
      caseOf(law, small, (_, call) => ({ ...call, qkL2Norm: true })),
      1e-5,
    ),
  );

  it.each([gated, oja].flatMap((law) => ["o", "finalState"].map((result) => ({ law, result }))))(
    "of one result alone: %o",
    ({ law, result }) => expectClose(caseOf(law, { ...small, lengths: [20, 0] }, asDrawn, [result]), 1e-5),
  );

  it("of a state that starts at zero and is not kept", () =>
    expectClose(
      caseOf(
        oja,
        { ...small, lengths: [20, 0] },
        (_, call) => ({ ...call, initialState: undefined, outputFinalState: false }),
        ["o"],
      ),
      1e-5,
    ));

  it("of states of several slices and tiles, with the oja law", () =>
    expectClose(caseOf(oja, { ...small, lengths: [20, 5], K: 20, V: 18 }), 1e-5));

  it("of a batch of empty sequences are those of the states", () =>
    expectClose(
      caseOf({ decay: "scalar", erase: "none", read: "bonus" }, { ...small, lengths: [0, 0] }),
      1e-5,
    ));

  it("of halves, in f32", async () => {
    if (runtime.info.features.has("shader-f16"))
      for (const law of [gated, oja]) await expectClose(caseOf(law, small), 2e-3, "f16");
    else expect(gpu.backend.dtypes).not.toContain("f16");
  });

  it("are refused for the laws that no chunk can solve, when they are recorded", () => {
    const { tensors } = gpu.memory();
    const tape = createTape(gpu);
    const x = (...shape: number[]): GpuTensor => gpu.full(0.1, shape);
    const [raw, rawBeta] = [x(2, 1, 4), x(2, 1)];
    const [q, beta] = [raw, rawBeta].map((t) => tape.watch(t));
    const call = { q: q!, k: q!, v: q!, varlen: fromLengths([2]) };
    const refused = (laws: object) =>
      expect(() => tape.ops.linearAttention({ ...call, ...laws })).toThrow(UnsupportedError);
    refused({ erase: { kind: "oja", beta: beta! }, decay: { kind: "vector", g: q! } });
    refused({ erase: { kind: "delta" }, decay: { kind: "value", g: q! } });
    tape.dispose();
    for (const t of [raw, rawBeta, q!, beta!]) t.dispose();
    expect(gpu.memory().tensors).toBe(tensors);
  });
});
