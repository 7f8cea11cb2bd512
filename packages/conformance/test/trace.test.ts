import { createOps, UnsupportedError } from "@webfla/ops";
import { createCpu } from "@webfla/reference";
import { fromLengths } from "@webfla/varlen";
import { createWebGpu, createWebGpuBackend, type GpuTensor, openRuntime, trace } from "@webfla/wgsl";
import { expect, it } from "vitest";
import { forEachAdapter } from "../src/adapters";

forEachAdapter(({ open }) => {
  it("a trace names what ran, with its slots, sizes and times, and tracing changes no result", async () => {
    const adapter = await open();
    const ops = await createWebGpu({ adapter });
    const x = ops.tensor(Float32Array.of(1, 2, 3, 4), [1, 4]);
    const weight = ops.reshape(x, [4]);
    const body = () => {
      const twice = ops.affine({ x, scale: 2 });
      const o = ops.norm({ kind: "rms", x: twice, eps: 0, weight, gate: x });
      twice.dispose();
      return o;
    };
    const plain = body();
    const { result, dispatches } = await trace(ops, body);
    expect(await ops.read(result)).toEqual(await ops.read(plain));
    expect(dispatches.map((d) => d.kernel)).toEqual(["dense/affine", "dense/norm"]);
    const [affine, norm] = dispatches;
    expect(affine).toMatchObject({ workgroups: [1, 1, 1], bytes: 32 });
    // laws by their names, tensors by how they lie; a gate that has a law is that law
    expect(affine!.slots).toEqual({ x: "wide", o: "wide" });
    expect(norm!.slots).toEqual({ x: "wide", o: "wide", weight: "wide", bias: "zero", gate: "elements" });
    expect(norm!.constants["LANES"]).toBeGreaterThan(0);
    expect(Object.values(norm!.constants).every(Number.isFinite)).toBe(true);
    expect(norm!.code).toContain("fn weight4(");
    for (const { nanoseconds } of dispatches)
      if (adapter.features.has("timestamp-query")) expect(nanoseconds).toBeGreaterThan(0);
      else expect(nanoseconds).toBeUndefined();
    ops.dispose();
  });

  it("a trace waits for a body that waits, hears a trace inside it, and times nothing without timestamps", async () => {
    const ops = await createWebGpu({ adapter: await open(), tiers: [] });
    const step = (x: GpuTensor) => ops.unary({ kind: "square", x });
    const { result, dispatches } = await trace(ops, async () => {
      const one = step(ops.full(3, [2]));
      const inner = await trace(ops, () => step(one));
      expect(inner.dispatches).toHaveLength(1);
      return [...(await ops.read(inner.result))];
    });
    expect(result).toEqual([81, 81]);
    expect(dispatches.map((d) => d.kernel)).toEqual(["dense/fill", "dense/unary", "dense/unary"]);
    expect(dispatches.map((d) => d.nanoseconds)).toEqual([undefined, undefined, undefined]);
    await expect(trace(ops, () => Promise.reject(new Error("mine")))).rejects.toThrow("mine");
    expect((await trace(ops, () => {})).dispatches).toEqual([]);
    ops.dispose();
  });

  it("a time is that of all that was recorded, in one list or more", async () => {
    const adapter = await open();
    const runtime = await openRuntime({ adapter, longestList: 4 });
    const ops = createOps(createWebGpuBackend(runtime));
    const step = () => ops.full(1, [64]).dispose();
    if (adapter.features.has("timestamp-query")) {
      const { result, nanoseconds } = await runtime.time(async () => {
        for (let i = 0; i < 9; i++) step();
        return 3;
      });
      expect(result).toBe(3);
      expect(nanoseconds).toBeGreaterThan(0);
    }
    runtime.dispose();
    const without = await openRuntime({ adapter: await open(), tiers: [] });
    await expect(without.time(step)).rejects.toThrow(UnsupportedError);
    without.dispose();
  });
});

it("only what is on WebGPU can be traced", () => {
  const cpu = createCpu();
  expect(() => trace(cpu, () => fromLengths([1]))).toThrow(UnsupportedError);
  cpu.dispose();
});
