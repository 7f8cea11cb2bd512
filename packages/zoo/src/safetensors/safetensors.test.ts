import { f16round } from "@petamoriken/float16";
import { AbortedError, UnsupportedError } from "@webfla/ops";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CheckpointError, type CodedDType, readSafetensors, type TensorData, writeSafetensors } from ".";

/** A file with this header, which is JSON or raw text, and this many bytes behind it. */
function file(header: unknown, dataBytes = 0, length?: bigint): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const f32 = (shape: unknown, begin: number, end: number) => ({
  dtype: "F32",
  shape,
  data_offsets: [begin, end],
});

const values: Record<CodedDType, fc.Arbitrary<number>> = {
  F32: fc.float(),
  F16: fc.integer({ min: -2048, max: 2048 }).map((x) => x / 64),
  BF16: fc.integer({ min: -128, max: 127 }).map((x) => x * 2 ** 20),
  I32: fc.integer(),
  I64: fc.integer(),
  U8: fc.integer({ min: 0, max: 255 }),
};

const tensor: fc.Arbitrary<TensorData> = fc
  .record({
    dtype: fc.constantFrom<CodedDType>("F32", "F16", "BF16", "I32", "I64", "U8"),
    shape: fc.array(fc.nat(4), { maxLength: 4 }),
  })
  .chain(({ dtype, shape }) => {
    const count = shape.reduce((n, d) => n * d, 1);
    const Type = dtype.includes("F") ? Float32Array : Int32Array;
    return fc
      .array(values[dtype], { minLength: count, maxLength: count })
      .map((data) => ({ dtype, shape, data: Type.from(data) }));
  });

const tensors = fc.array(fc.tuple(fc.string(), tensor), { maxLength: 6 }).map((entries) => new Map(entries));
const notes = fc
  .array(fc.tuple(fc.string(), fc.string()), { maxLength: 3 })
  .map((entries) => new Map(entries));
const isName = (name: string): boolean => name !== "__metadata__";

describe("a written file", () => {
  it("reads back with the same names, shapes, values and metadata", async () => {
    const property = fc.asyncProperty(tensors, notes, async (written, metadata) => {
      fc.pre([...written.keys()].every(isName));
      const store = await readSafetensors(writeSafetensors(written, metadata));
      expect(store.metadata).toEqual(metadata);
      expect(new Set(store.tensors.keys())).toEqual(new Set(written.keys()));
      for (const [name, { dtype, shape, data }] of written) {
        expect(store.tensors.get(name)).toMatchObject({ dtype, shape });
        expect(await store.read(name)).toEqual(data);
      }
    });
    await fc.assert(property);
  });

  it("does not depend on the order of its tensors", () => {
    const property = fc.property(tensors, (written) => {
      fc.pre([...written.keys()].every(isName));
      expect(writeSafetensors(new Map([...written].reverse()))).toEqual(writeSafetensors(written));
    });
    fc.assert(property);
  });

  it("has the wide types first, then the names in order, from a multiple of 8 bytes", async () => {
    const one = (dtype: CodedDType): TensorData => ({ dtype, shape: [1], data: Float32Array.of(1) });
    const bytes = writeSafetensors({
      b: one("F16"),
      2: one("F16"),
      z: one("F32"),
      a: one("U8"),
      i: one("I32"),
    });
    const { tensors } = await readSafetensors(bytes);
    expect([...tensors.keys()]).toEqual(["z", "i", "2", "b", "a"]);
    expect(tensors.get("z")!.start % 8).toBe(0);
  });

  it("refuses values that do not fill the shape", () => {
    const write = () => writeSafetensors({ x: { dtype: "F32", shape: [2, 2], data: new Float32Array(3) } });
    expect(write).toThrow("x [2, 2] must hold 4 elements, got 3");
  });

  it("rounds to the nearest, to even where two are near, and keeps NaN and infinity", async () => {
    const data = Float32Array.of(1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -8 + 2 ** -16, Number.NaN, -Infinity);
    const store = await readSafetensors(writeSafetensors({ x: { dtype: "BF16", shape: [5], data } }));
    expect([...(await store.read("x"))]).toEqual([1, 1 + 2 ** -6, 1 + 2 ** -7, Number.NaN, -Infinity]);
  });
});

describe("half precision", () => {
  const stored = async (data: Float32Array) =>
    (await readSafetensors(writeSafetensors({ x: { dtype: "F16", shape: [data.length], data } }))).read("x");

  it("rounds every number to the nearest half, to even where two are near", async () => {
    const near = fc.integer({ min: -(2 ** 20), max: 2 ** 20 }).map((x) => x * 2 ** -30);
    const any = fc.oneof(
      fc.float(),
      near,
      fc.constantFrom(65_504, 65_519.99, 65_520, 2 ** -25, 3 * 2 ** -25),
    );
    const property = fc.asyncProperty(fc.array(any), async (values) => {
      const data = Float32Array.from(values);
      expect(await stored(data)).toEqual(data.map((x) => f16round(x)));
    });
    await fc.assert(property);
  });

  it("gives every half back", async () => {
    const halves = Float32Array.from({ length: 0x7c00 }, (_, bits) => {
      const fraction = (bits & 0x3ff) / 1024;
      return bits < 0x400 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** ((bits >>> 10) - 15);
    });
    expect(await stored(halves)).toEqual(halves);
    expect(await stored(halves.map((x) => -x))).toEqual(halves.map((x) => -x));
  });
});

describe("every source", () => {
  const bytes = writeSafetensors({ x: { dtype: "F32", shape: [3], data: Float32Array.of(1, 2, 3) } });
  const odd = new Uint8Array(bytes.length + 1);
  odd.set(bytes, 1);
  const ranges: [number, number][] = [];
  const sources = {
    Uint8Array: bytes,
    "a view that is not aligned": odd.subarray(1),
    ArrayBuffer: bytes.slice().buffer,
    Blob: new Blob([bytes.slice()]),
    ranges: {
      size: bytes.length,
      read: async (start: number, end: number) => {
        ranges.push([start, end]);
        return odd.subarray(start + 1, end + 1);
      },
    },
  };
  it.each(Object.entries(sources))("%s", async (_, source) => {
    expect(await (await readSafetensors(source)).read("x")).toEqual(Float32Array.of(1, 2, 3));
  });

  it("is read a range at a time", () => {
    const data = bytes.length - 12;
    expect(ranges).toEqual([
      [0, 8],
      [8, data],
      [data, bytes.length],
    ]);
  });

  it("is read no further once aborted", async () => {
    const controller = new AbortController();
    const store = await readSafetensors(bytes);
    controller.abort("enough");
    await expect(store.read("x", { signal: controller.signal })).rejects.toThrow(AbortedError);
    await expect(readSafetensors(bytes, { signal: controller.signal })).rejects.toThrow("enough");
  });
});

describe("a hostile or broken file is an error that says where", () => {
  const cases: Record<string, [Uint8Array, string]> = {
    "no bytes": [new Uint8Array(0), "at least 8 bytes, got 0"],
    "half a length": [new Uint8Array(5), "at least 8 bytes, got 5"],
    "an empty header": [file(""), "2 to 100000000 bytes, got 0"],
    "a header of exabytes": [file("{}", 0, 2n ** 63n), "got 9223372036854776000"],
    "a header beyond the file": [file("{}", 0, 50n), "inside the file of 10 bytes, got its end at 58"],
    "no JSON": [file("{no}"), "must be JSON"],
    "no UTF-8": [file("{}", 2, 4n).fill(0xff, 10), "must be JSON"],
    "a list": [file([]), "must be a JSON object, got []"],
    null: [file("null"), "must be a JSON object, got null"],
    "an entry that is none": [file({ x: 3 }), '"x" must be an object, got 3'],
    "an unknown dtype": [file({ x: { dtype: "F33", shape: [], data_offsets: [0, 4] } }, 4), 'got "F33"'],
    "a dtype of Object's": [
      file({ x: { dtype: "toString", shape: [], data_offsets: [0, 4] } }, 4),
      "toString",
    ],
    "a negative size": [file({ x: f32([-1], 0, 4) }, 4), "whole numbers, got [-1]"],
    "half a size": [file({ x: f32([0.5], 0, 4) }, 4), "whole numbers, got [0.5]"],
    "no shape": [file({ x: f32(undefined, 0, 4) }, 4), "whole numbers, got undefined"],
    "one offset": [
      file({ x: { dtype: "F32", shape: [1], data_offsets: [0] } }, 4),
      "two data_offsets, got [0]",
    ],
    "offsets backwards": [file({ x: f32([1], 4, 0) }, 4), "must have 4 bytes (F32 [1]), got -4"],
    "a shape beyond its bytes": [file({ x: f32([3], 0, 8) }, 8), "must have 12 bytes (F32 [3]), got 8"],
    "a shape beyond all numbers": [file({ x: f32([2 ** 40, 2 ** 40], 0, 8) }, 8), "got 8"],
    "a shape that wraps around": [file({ x: f32([2 ** 32, 2 ** 32], 0, 0) }), "got 0"],
    "a truncated tensor": [file({ x: f32([4], 0, 16) }, 15), "truncated"],
    "bytes behind the last": [file({ x: f32([1], 0, 4) }, 9), "must fill the file of"],
    "a hole": [file({ x: f32([1], 0, 4), y: f32([1], 8, 12) }, 12), "There is a hole"],
    "an overlap": [file({ x: f32([2], 0, 8), y: f32([1], 4, 8) }, 8), "Tensors overlap"],
    "the same bytes twice": [file({ x: f32([1], 0, 4), y: f32([1], 0, 4) }, 4), "Tensors overlap"],
    "metadata that is no map": [
      file({ __metadata__: "pt" }),
      '__metadata__ must map names to strings, got "pt"',
    ],
    "metadata of numbers": [
      file({ __metadata__: { a: 1 } }),
      '__metadata__ must map names to strings, got {"a":1}',
    ],
  };
  it.each(Object.entries(cases))("%s", async (_, [bytes, message]) => {
    const read = readSafetensors(bytes, { name: "model.safetensors" });
    await expect(read).rejects.toThrow(CheckpointError);
    await expect(read).rejects.toThrow(/^model\.safetensors: .*, got .*\. /s);
    await expect(read).rejects.toThrow(message);
  });

  it("names that objects have are names like others", async () => {
    const header = `{"__proto__":${JSON.stringify(f32([1], 0, 4))},"constructor":${JSON.stringify(f32([1], 4, 8))}}`;
    const { tensors, read } = await readSafetensors(file(header, 8));
    expect([...tensors.keys()]).toEqual(["__proto__", "constructor"]);
    expect(await read("__proto__")).toEqual(Float32Array.of(0));
    await expect(read("toString")).rejects.toThrow('"toString" must be in the file');
  });

  it("no change of one byte makes it throw anything else, or read outside the file", async () => {
    const good = writeSafetensors(
      {
        a: { dtype: "F16", shape: [2], data: Float32Array.of(1, 2) },
        b: { dtype: "U8", shape: [3], data: Int32Array.of(1, 2, 3) },
      },
      { format: "pt" },
    );
    const property = fc.asyncProperty(fc.nat(good.length - 1), fc.nat(255), async (at, value) => {
      const bytes = good.slice();
      bytes[at] = value;
      const outcome = await readSafetensors(bytes).catch((error: unknown) => error);
      if (outcome instanceof Error) {
        expect(outcome).toBeInstanceOf(CheckpointError);
        return;
      }
      const { tensors } = outcome as Awaited<ReturnType<typeof readSafetensors>>;
      for (const { end } of tensors.values()) expect(end).toBeLessThanOrEqual(bytes.length);
    });
    await fc.assert(property, { numRuns: 500 });
  });

  it("every truncation is an error", async () => {
    const good = writeSafetensors({ a: { dtype: "F32", shape: [2], data: Float32Array.of(1, 2) } });
    for (let n = 0; n < good.length; n++)
      await expect(readSafetensors(good.subarray(0, n))).rejects.toThrow(CheckpointError);
  });

  it("a source that shrinks is noticed when a tensor is read", async () => {
    const bytes = writeSafetensors({ a: { dtype: "F32", shape: [2], data: Float32Array.of(1, 2) } });
    let left = bytes;
    const store = await readSafetensors({
      size: bytes.length,
      read: async (start, end) => left.subarray(start, end),
    });
    left = bytes.subarray(0, bytes.length - 3);
    await expect(store.read("a")).rejects.toThrow("8 bytes must be readable");
  });

  it("integers beyond 32 bits and types without values here are named", async () => {
    const wide = file({ i: { dtype: "I64", shape: [1], data_offsets: [0, 8] } }, 8);
    new DataView(wide.buffer).setBigInt64(wide.length - 8, 2n ** 31n, true);
    await expect((await readSafetensors(wide)).read("i")).rejects.toThrow(
      "32-bit integers, got 2147483648 at element 0",
    );
    const eight = file({ x: { dtype: "F8_E4M3", shape: [1], data_offsets: [0, 1] } }, 1);
    await expect((await readSafetensors(eight)).read("x")).rejects.toThrow(UnsupportedError);
  });
});
