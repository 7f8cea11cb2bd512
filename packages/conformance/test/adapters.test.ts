import { describe, expect, it } from "vitest";
import { forEachAdapter, nullDevice } from "../src/adapters";
import { squares } from "../src/adapters/squares";

forEachAdapter(({ name, open }) => {
  it("executes a kernel in Node", async () => {
    // twice: every adapter gives a device
    for (const adapter of [await open(), await open()])
      expect(await squares(await adapter.requestDevice())).toEqual(
        Array.from({ length: 64 }, (_, i) => i * i),
      );
  });

  it("has the features that the conformance of a tier relies on", async () => {
    const { features } = await open();
    expect(features.has("subgroups")).toBe(true);
    if (name === "lavapipe") expect(features.has("shader-f16")).toBe(true);
  });
});

describe("the null device", () => {
  it("offers every optional feature that kernels use, and refuses a wrong shader", async () => {
    const device = await nullDevice();
    for (const feature of ["subgroups", "shader-f16", "chromium-experimental-subgroup-matrix"])
      expect([...device.features]).toContain(feature);
    device.pushErrorScope("validation");
    device.createShaderModule({ code: "fn f() -> u32 { return 1.5; }" });
    expect((await device.popErrorScope())?.message).toMatch(/return/);
  });
});
