import { UnsupportedError } from "@webfla/ops";
import { describe, expect, it } from "vitest";
import { spread } from "./geometry";
import { fromHalf, toHalf } from "./half";
import { f32, i32, packUniforms, u32 } from "./kernel";
import { sizeClass } from "./pool";
import { declaredBindings } from "./shader-interface";

describe("spread", () => {
  it("covers every count with no axis beyond the limit and less than one row to spare", () => {
    for (const count of [0, 1, 2, 65_534, 65_535, 65_536, 131_071, 2_000 * 32, 10_000_019, 65_535 ** 2]) {
      const [x, y, z] = spread("k", count, 65_535);
      expect(Math.max(x, y)).toBeLessThanOrEqual(65_535);
      expect(x * y * z).toBeGreaterThanOrEqual(count);
      expect(x * y - count).toBeLessThan(Math.max(1, y));
    }
  });

  it("refuses what no grid holds", () => {
    expect(() => spread("k", 65_535 ** 2 + 1, 65_535)).toThrow(UnsupportedError);
    expect(() => spread("k", [65_536], 65_535)).toThrow("k: workgroups must be whole numbers up to 65535");
    expect(() => spread("k", 1.5, 65_535)).toThrow(UnsupportedError);
    expect(() => spread("k", Number.NaN, 65_535)).toThrow(UnsupportedError);
    expect(() => spread("k", [1, -1], 65_535)).toThrow(UnsupportedError);
  });
});

describe("sizeClass", () => {
  it("holds what was asked, in whole words, with at most half to spare above 256 bytes and a fifth above 1 MiB", () => {
    for (let bytes = 1; bytes < 2 ** 40; bytes = Math.ceil(bytes * 1.07)) {
      const size = sizeClass(bytes);
      expect(size).toBeGreaterThanOrEqual(bytes);
      expect(size % 256).toBe(0);
      if (bytes > 256) expect(size).toBeLessThan(bytes * (bytes > 2 ** 20 ? 1.25 : 2));
      expect(sizeClass(size)).toBe(size);
    }
  });
});

describe("half", () => {
  it("gives back all bit patterns, and rounds to the nearest with ties to even", () => {
    const bits = Uint16Array.from({ length: 65536 }, (_, i) => i).filter((b) => (b & 0x7fff) <= 0x7c00);
    expect(toHalf(fromHalf(bits))).toEqual(bits);
    expect(fromHalf(Uint16Array.of(0x7e00))[0]).toBeNaN();
    const near = [1 + 2 ** -11, 1 + 3 * 2 ** -11, 65519, 65520, 2 ** -25, 1.5 * 2 ** -25];
    expect([...fromHalf(toHalf(Float32Array.from(near)))]).toEqual([
      1,
      1 + 2 ** -9,
      65504,
      Infinity,
      0,
      2 ** -24,
    ]);
  });
});

describe("packUniforms", () => {
  it("packs members in order and pads the end to 16", () => {
    const view = new DataView(packUniforms([u32(2 ** 32 - 1), i32(-2), f32(0.5), u32(7), f32(-1)]).buffer);
    expect(view.byteLength).toBe(32);
    expect(view.getUint32(0, true)).toBe(2 ** 32 - 1);
    expect(view.getInt32(4, true)).toBe(-2);
    expect(view.getFloat32(8, true)).toBe(0.5);
    expect(view.getUint32(12, true)).toBe(7);
    expect(view.getFloat32(16, true)).toBe(-1);
  });
});

describe("declaredBindings", () => {
  it("reads the buffers of a shader, in the order of their bindings, but none from comments", () => {
    const code = `
      @group(0) @binding(2) var<storage, read_write> o: array<f32>;
      // @group(0) @binding(9) var<storage> ghost: array<f32>;
      @group(0) @binding(0) var<uniform> sizes: Sizes; /* @binding(8) var<uniform> ghost: u32; */
      @group(0) @binding(1) var<storage, read>
        x: array<f32>;
      @group(0) @binding(3) var < storage > y: array<f32>;

const GATE_BINDING: u32 = 4u; // @binding(7)

      @group(0) @binding(GATE_BINDING) var<storage, read> gate: array<f32>;
      var<workgroup> tile: array<f32, 4>;`;
    expect(declaredBindings(code)).toEqual([
      { binding: 0, name: "sizes", type: "uniform" },
      { binding: 1, name: "x", type: "read-only-storage" },
      { binding: 2, name: "o", type: "storage" },
      { binding: 3, name: "y", type: "read-only-storage" },
      { binding: 4, name: "gate", type: "read-only-storage" },
    ]);
    expect(() => declaredBindings("@group(0) @binding(NOBODY) var<uniform> p: Params;")).toThrow(
      /^binding NOBODY: it must be a number or a const/,
    );
  });
});
