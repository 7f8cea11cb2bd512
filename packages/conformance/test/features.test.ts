import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { modelTypes } from "@webfla/zoo";
import { expect, it } from "vitest";
import { featureTables } from "../src/features/table";
import type { Verified } from "../src/features/verified";
import { subjects } from "../src/golden";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const json = async (path: string): Promise<unknown> => JSON.parse(await readFile(at(path), "utf8"));
const record = async () => (await json("../fixtures/verified.json")) as Readonly<Record<string, Verified>>;

it("FEATURES.md says what the code does; pnpm features writes it anew", async () => {
  expect(await readFile(at("../../../FEATURES.md"), "utf8")).toBe(
    await featureTables(at("../fixtures/ops"), await record()),
  );
});

it("the record of verified checkpoints has known types, small errors, and every checkpoint of the fixtures", async () => {
  const verified = await record();
  for (const { modelType, cpu, webgpu } of Object.values(verified)) {
    expect(modelTypes).toContain(modelType);
    expect(Math.max(cpu, webgpu)).toBeLessThan(1e-4);
  }
  const names = (await subjects(at("../fixtures/models"))).map(({ path }) => path.split("/").at(-1)!);
  for (const name of names) {
    const { model_type } = (await json(`../fixtures/models/${name}/config.json`)) as { model_type: string };
    expect(verified[name]?.modelType).toBe(model_type);
  }
});
