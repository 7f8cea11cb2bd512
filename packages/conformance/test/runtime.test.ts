import { ShapeError } from "@webfla/ops";
import { fromLengths } from "@webfla/varlen";
import { f32, type GpuTensor, i32, openRuntime, type Runtime, u32 } from "@webfla/wgsl/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { forEachAdapter } from "../src/adapters";
import { affine, increment, lookup } from "./runtime-kernels";

const ramp = (n: number): Float32Array<ArrayBuffer> => Float32Array.from({ length: n }, (_, i) => i);

forEachAdapter(({ open }) => {
  let runtime: Runtime;
  beforeEach(async () => {
    runtime = await openRuntime({ adapter: await open(), poison: true });
  });
  afterEach(() => runtime.dispose());

  /** scale · x + shift, as f32. */
  const apply = (x: GpuTensor, scale: number, shift: number): GpuTensor => {
    const o = runtime.create(x.shape, x.dtype);
    const uniforms = [u32(x.size), i32(shift), f32(scale)];
    runtime.dispatch({ kernel: affine, uniforms, bindings: [x, o], workgroups: Math.ceil(x.size / 64) });
    return o;
  };
  const add = (x: GpuTensor): void =>
    runtime.dispatch({
      kernel: increment,
      uniforms: [u32(x.size)],
      bindings: [x],
      workgroups: Math.ceil(x.size / 64),
    });

  describe("data", () => {
    it("goes up and comes back in every dtype and shape, odd and empty ones too", async () => {
      for (const shape of [[0], [1], [3], [5, 0, 2], [7, 11], [65, 3, 2]]) {
        const n = shape.reduce((a, b) => a * b, 1);
        for (const dtype of ["f32", "f16", "i32"] as const) {
          const data = dtype === "i32" ? Int32Array.from(ramp(n), (i) => -i) : ramp(n);
          expect(await runtime.read(runtime.upload(data, shape, dtype))).toEqual(data);
        }
        expect(await runtime.read(runtime.zeros(shape, "f16"))).toEqual(new Float32Array(n));
      }
    });

    it("goes up from shared memory and from the middle of an array", async () => {
      const shared = new Float32Array(new SharedArrayBuffer(12));
      shared.set([1, 2, 3]);
      expect([...(await runtime.read(runtime.upload(shared, [3], "f32")))]).toEqual([1, 2, 3]);
      expect([...(await runtime.read(runtime.upload(ramp(9).subarray(5), [4], "f32")))]).toEqual([
        5, 6, 7, 8,
      ]);
    });

    it("is NaN where nothing was written, with poison", async () => {
      for (const dtype of ["f32", "f16"] as const) {
        const values = await runtime.read(runtime.create([999], dtype));
        expect(values.every(Number.isNaN)).toBe(true);
      }
    });

    it("is shared by views until the last is disposed", async () => {
      const x = runtime.upload(ramp(6), [6], "f32");
      const view = runtime.reshape(x, [2, 3]);
      x.dispose();
      expect(view.shape).toEqual([2, 3]);
      expect([...(await runtime.read(view))]).toEqual([0, 1, 2, 3, 4, 5]);
      view.dispose();
      view.dispose();
      expect(runtime.stats.buffersLive).toBe(0);
      expect(() => runtime.reshape(runtime.zeros([4], "f32"), [5])).toThrow(ShapeError);
    });

    it("may lie in a caller's buffer, which stays the caller's", async () => {
      const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
      const buffer = runtime.device.createBuffer({ size: 1024, usage });
      runtime.device.queue.writeBuffer(buffer, 0, ramp(256));
      const x = runtime.wrap(buffer, [128], "f32");
      const o = apply(x, 2, 1);
      x.dispose();
      expect((await runtime.read(o))[127]).toBe(255);
      // not destroyed: it can be read again
      expect((await runtime.read(runtime.wrap(buffer, [256], "f32")))[255]).toBe(255);
      expect(() => runtime.wrap(buffer, [257], "f32")).toThrow(ShapeError);
      buffer.destroy();
    });
  });

  describe("order", () => {
    it("is the recorded one, over lists, reuse of buffers and several reads at once", async () => {
      const other = await openRuntime({ device: runtime.device, longestList: 7 });
      const x = other.zeros([100], "f32");
      const reads: Promise<number>[] = [];
      for (let i = 0; i < 50; i++) {
        other.dispatch({ kernel: increment, uniforms: [u32(100)], bindings: [x], workgroups: 2 });
        reads.push(other.read(x).then((v) => v[99]!));
      }
      expect(await Promise.all(reads)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
      for (let i = 0; i < 50; i++)
        other.dispatch({ kernel: increment, uniforms: [u32(100)], bindings: [x], workgroups: 2 });
      expect((await other.read(x))[0]).toBe(100);
      // the lists that were submitted unasked
      expect(other.stats.submits).toBeGreaterThan(50 + 6);
      other.dispose();
    });

    it("lets a disposed tensor be reused at once, by results and by uploads, without harm to what was recorded", async () => {
      let x = runtime.upload(ramp(512), [512], "f32");
      for (let i = 0; i < 40; i++) {
        const next = apply(x, 1, 1);
        x.dispose();
        // must not overwrite what the commands recorded before still read
        runtime.upload(new Float32Array(512).fill(-1), [512], "f32").dispose();
        x = next;
      }
      expect(await runtime.read(x)).toEqual(ramp(512).map((v) => v + 40));
      // poison needs no upload: results ping-pong between few buffers, uploads take a fresh one while nothing is submitted
      expect(runtime.stats.buffersLive).toBe(1);
      const { bytesPooled } = runtime.stats;
      x.dispose();
      for (let i = 0; i < 40; i++) {
        const y = runtime.upload(ramp(512), [512], "f32");
        await runtime.read(y);
        y.dispose();
      }
      expect(runtime.stats.bytesPooled).toBe(bytesPooled + 2048);
    });

    it("spreads many workgroups over two axes", async () => {
      const n = 70_000 * 64;
      const x = runtime.zeros([n], "f32");
      add(x);
      const values = (await runtime.read(x)) as Float32Array;
      expect(values.every((v) => v === 1)).toBe(true);
    });

    it("records nothing for no workgroups", () => {
      const x = runtime.zeros([0], "f32");
      const { dispatches } = runtime.stats;
      runtime.dispatch({ kernel: increment, uniforms: [u32(0)], bindings: [x], workgroups: 0 });
      expect(runtime.stats.dispatches).toBe(dispatches);
    });
  });

  describe("pipelines", () => {
    it("are compiled once a text, whatever the sizes and values", async () => {
      await runtime.warmUp([{ kernel: affine }]);
      const { pipelines, compiled } = runtime.stats;
      for (const n of [1, 64, 1000]) await runtime.read(apply(runtime.upload(ramp(n), [n], "f32"), n, n));
      // poison's own
      expect(runtime.stats.pipelines).toBe(pipelines + 1);
      expect(runtime.stats.compiled).toBe(compiled + 1);
      const copy = { name: "copy", modules: affine.modules.map((m) => ({ ...m })) };
      await runtime.warmUp([{ kernel: copy }, { kernel: affine, params: { OFFSET: 0 } }]);
      expect(runtime.stats.pipelines).toBe(pipelines + 1);
    });

    it("take parameters", async () => {
      const x = runtime.upload(ramp(10), [10], "f32");
      const o = runtime.create([10], "f32");
      const uniforms = [u32(10), i32(-3), f32(0.5)];
      runtime.dispatch({
        kernel: affine,
        params: { OFFSET: 100 },
        uniforms,
        bindings: [x, o],
        workgroups: 1,
      });
      expect((await runtime.read(o))[4]).toBe(99);
    });

    it("have f16 as an element where the device has it", async ({ skip }) => {
      if (!runtime.info.features.has("shader-f16")) skip("the adapter has no shader-f16");
      const x = runtime.upload(ramp(9), [9], "f16");
      const o = runtime.create([9], "f16");
      const uniforms = [u32(9), i32(0), f32(0.5)];
      runtime.dispatch({
        kernel: affine,
        params: { Elem: "f16" },
        uniforms,
        bindings: [x, o],
        workgroups: 1,
      });
      expect((await runtime.read(o))[7]).toBe(3.5);
    });
  });

  describe("index arrays", () => {
    it("are uploaded once a batch and key, bound to their length", async () => {
      const varlen = fromLengths([3, 0, 4]);
      let made = 0;
      const make = () => {
        made++;
        return varlen.cuSeqlens;
      };
      const get = () => runtime.varlen(varlen, "cu", make);
      expect(get()).toBe(get());
      expect(made).toBe(1);
      expect(runtime.memory().bytes).toBe(0);
      const o = runtime.create([4], "i32");
      runtime.dispatch({ kernel: lookup, bindings: [get(), o], workgroups: 1 });
      expect([...(await runtime.read(o))]).toEqual([4000, 4003, 4003, 4007]);
    });

    it("are given back beyond a bound, oldest first", async () => {
      const size = 2 ** 20;
      const batches = Array.from({ length: 20 }, () => fromLengths([1]));
      let made = 0;
      const make = () => {
        made++;
        return new Uint32Array(size);
      };
      for (const b of batches) runtime.varlen(b, "big", make);
      await runtime.read(runtime.zeros([1], "f32"));
      // 64 MiB are kept: the latest sixteen of twenty
      for (const b of batches.toReversed()) runtime.varlen(b, "big", make);
      expect(made).toBe(24);
    });
  });
});
