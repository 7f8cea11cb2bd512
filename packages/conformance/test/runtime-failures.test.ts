import { DisposedError, OutOfMemoryError, ShaderError, UnsupportedError } from "@webfla/ops";
import { type GpuTensor, openRuntime, type Runtime, u32 } from "@webfla/wgsl/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { forEachAdapter } from "../src/adapters";
import { affine, broken, increment, nine, oversized } from "./runtime-kernels";

const ramp = (n: number): Float32Array<ArrayBuffer> => Float32Array.from({ length: n }, (_, i) => i);

forEachAdapter(({ open }) => {
  let runtime: Runtime;
  beforeEach(async () => {
    runtime = await openRuntime({ adapter: await open(), poison: true });
  });
  afterEach(() => runtime.dispose());

  const add = (x: GpuTensor): void =>
    runtime.dispatch({
      kernel: increment,
      uniforms: [u32(x.size)],
      bindings: [x],
      workgroups: Math.ceil(x.size / 64),
    });

  describe("errors", () => {
    it("of compilation name the file and the line, at warmUp, flush and every pending read; then work goes on", async () => {
      await expect(runtime.warmUp([{ kernel: broken }])).rejects.toThrow(
        /^broken: .*test\/broken\.wgsl:3:10: .*missing/,
      );
      const x = runtime.upload(ramp(4), [4], "f32");
      runtime.dispatch({ kernel: broken, bindings: [x], workgroups: 1 });
      const reads = [runtime.read(x), runtime.read(x)];
      for (const read of reads) await expect(read).rejects.toThrow(ShaderError);
      expect(await runtime.read(x)).toEqual(ramp(4));
      runtime.dispatch({ kernel: oversized, bindings: [x], workgroups: 1 });
      await expect(runtime.flush()).rejects.toThrow(/^oversized: the shader must compile, got .*4096/);
    });

    it("of calls are thrown at once", () => {
      const x = runtime.zeros([4], "f32");
      const dead = runtime.zeros([4], "f32");
      dead.dispose();
      const call = { kernel: increment, uniforms: [u32(4)], bindings: [x], workgroups: 1 };
      const rejected = (change: object) => () => runtime.dispatch({ ...call, ...change });
      expect(rejected({ bindings: [dead] })).toThrow(DisposedError);
      expect(rejected({ bindings: [x, x] })).toThrow(/bindings must be those of the shader \(x\), got 2/);
      expect(rejected({ uniforms: undefined })).toThrow(/uniforms must be given/);
      expect(rejected({ params: { NOBODY: 1 } })).toThrow(/got NOBODY/);
      expect(rejected({ kernel: affine, bindings: [x, runtime.reshape(x, [2, 2])] })).toThrow(
        /must be bound once, got one as x and o/,
      );
      const needy = { ...increment, name: "needy", features: ["never-heard-of" as GPUFeatureName] };
      expect(rejected({ kernel: { ...needy, modules: [...needy.modules] } })).toThrow(UnsupportedError);
      expect(() => runtime.create([runtime.info.limits.maxBufferSize + 1], "f32")).toThrow(OutOfMemoryError);
    });

    it("of validation come with the next read", async () => {
      const buffer = runtime.device.createBuffer({ size: 256, usage: GPUBufferUsage.STORAGE });
      const x = runtime.wrap(buffer, [4], "f32");
      await expect(runtime.read(x)).rejects.toThrow(UnsupportedError);
      add(x);
      buffer.destroy();
      await expect(runtime.flush()).rejects.toThrow(
        /^increment: the device must accept the call, got: .*destroyed/,
      );
      await runtime.flush();
    });

    it("of a lost device reach pending reads and every later call", async () => {
      const x = runtime.upload(ramp(4), [4], "f32");
      add(x);
      const read = runtime.read(x);
      runtime.device.destroy();
      await expect(read).rejects.toThrow(/lost \(destroyed\)/);
      expect(() => add(x)).toThrow(/lost/);
      expect(() => runtime.create([1], "f32")).toThrow(/lost/);
      await expect(runtime.read(x)).rejects.toThrow(/lost/);
      await expect(runtime.flush()).rejects.toThrow(/lost/);
    });

    it("of use after dispose are DisposedError, for pending reads too; tensors may still be disposed", async () => {
      const x = runtime.upload(ramp(4), [4], "f32");
      const read = runtime.read(x);
      runtime.dispose();
      await expect(read).rejects.toThrow(DisposedError);
      expect(() => runtime.zeros([1], "f32")).toThrow(DisposedError);
      x.dispose();
      expect(runtime.stats.buffersLive).toBe(0);
    });
  });

  describe("tiers", () => {
    it("none is the baseline: no features, default limits, and kernels beyond them are refused", async () => {
      const baseline = await openRuntime({ adapter: await open(), tiers: [] });
      expect([...baseline.info.features]).toEqual([]);
      expect(baseline.device.features.has("subgroups")).toBe(false);
      expect(baseline.info.limits.maxStorageBuffersPerShaderStage).toBe(8);
      expect(baseline.info.limits.maxComputeWorkgroupStorageSize).toBe(16384);
      const bindings = Array.from({ length: 9 }, () => baseline.zeros([1], "f32"));
      const call = { kernel: nine, bindings, workgroups: 1 };
      expect(() => baseline.dispatch(call)).toThrow(/^nine: a kernel may bind 8 storage buffers/);
      baseline.dispose();
      const { features, limits } = runtime.info;
      expect(features.has("subgroups")).toBe(true);
      expect(limits.maxBufferSize).toBe((await open()).limits.maxBufferSize);
      runtime.dispatch({ ...call, bindings: bindings.map(() => runtime.zeros([1], "f32")) });
      await runtime.flush();
    });

    it("of a caller's device are its own, and it outlives the runtime", async () => {
      const device = await (await open()).requestDevice();
      const wrapped = await openRuntime({ device });
      expect([...wrapped.info.features]).toEqual([]);
      expect(await wrapped.read(wrapped.upload(ramp(3), [3], "f32"))).toEqual(ramp(3));
      wrapped.dispose();
      const again = await openRuntime({ device });
      expect(await again.read(again.upload(ramp(3), [3], "f32"))).toEqual(ramp(3));
      again.dispose();
      device.destroy();
    });
  });
});
