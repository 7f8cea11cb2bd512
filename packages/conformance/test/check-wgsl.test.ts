import { compileAll, kernelCatalogue } from "@webfla/wgsl";
import { expect, it } from "vitest";
import { nullDevice } from "../src/adapters";
import { affine, broken } from "./runtime-kernels";

it("every kernel compiles with every slot, law and storage type", async () => {
  const specialisations = kernelCatalogue();
  const { pipelines, errors } = await compileAll(await nullDevice(), specialisations);
  expect([...new Set(errors.map((e) => e.message))]).toEqual([]);
  expect(pipelines).toBeGreaterThan(100);
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
