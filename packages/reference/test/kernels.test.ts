import { readFileSync } from "node:fs";
import { UnsupportedError } from "@webfla/ops";
import { expect, test, vi } from "vitest";
import { generate, output } from "../scripts/build-wasm.mjs";
import { mapWasm, matmulWasm, recurrenceWasm } from "../src/backend/wasm.generated";
import { createCpu } from "../src/index";

test("the committed WebAssembly is what its sources compile to", async () => {
  expect(readFileSync(output, "utf8")).toBe(await generate());
});

test("every module is small enough to compile at once in any browser", () => {
  for (const module of [mapWasm, matmulWasm, recurrenceWasm]) expect(atob(module).length).toBeLessThan(4096);
});

test("an engine without SIMD is told so", () => {
  const validate = vi.spyOn(WebAssembly, "validate").mockReturnValue(false);
  expect(() => createCpu()).toThrow(UnsupportedError);
  validate.mockRestore();
});
