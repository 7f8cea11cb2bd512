import { compileAll, kernelCatalogue } from "@webfla/wgsl";
import { expect, it } from "vitest";
import { nullDevice } from "../src/adapters";
import { affine, broken } from "./runtime-kernels";

const { baseline, matrices, tuned } = kernelCatalogue();
// of the adapters whose classes were tuned
const TUNED_BYTES = 49_152;

it("every kernel compiles with every slot, law and storage type", async () => {
  const without = await compileAll(await nullDevice(), baseline);
  const beside = await compileAll(await nullDevice({ matrices: true }), matrices);
  const nullTuned = await nullDevice({ matrices: true, workgroupBytes: TUNED_BYTES });
  const others = await compileAll(nullTuned, tuned);
  expect(others.pipelines).toBe(tuned.length);
  const errors = [...without.errors, ...beside.errors, ...others.errors];
  expect([...new Set(errors.map((e) => e.message))]).toEqual([]);
  expect(without.pipelines).toBeGreaterThan(100);
});

it("what lies beside matrices in workgroup memory takes multiples of 16 bytes, or a driver loads them wrong", () => {
  const texts = matrices
    .map(({ kernel }) => kernel.modules.map(({ text }) => text).join("\n"))
    .filter((text) => text.includes("subgroupMatrixLoad"));
  const declared = new Set(texts.flatMap((text) => text.match(/var<workgroup> \w+: [^;]+;/g) ?? []));
  expect(declared.size).toBeGreaterThan(5);
  // a vector of four, or an array: those of f32 have lines of matrices
  expect([...declared].filter((variable) => !/: (vec4u|array<)/.test(variable))).toEqual([]);
});

it("what does not compile is told by file and line, and the rest is compiled", async () => {
  const unknown = { kernel: affine, params: { NOBODY: 1 } };
  const all = [{ kernel: broken }, unknown, { kernel: affine, params: { Elem: "f16" } }, { kernel: affine }];
  const { pipelines, errors } = await compileAll(await nullDevice(), all);
  expect(pipelines).toBe(3);
  expect(errors.map((e) => e.message)).toEqual([
    expect.stringMatching(/^broken: .*test\/broken\.wgsl:3:10: .*missing/),
    expect.stringMatching(/NOBODY/),
  ]);
});
