import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { featureTable } from "../src/features/table";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

it("FEATURES.md says what the code does; pnpm features writes it anew", async () => {
  expect(await readFile(at("../../../FEATURES.md"), "utf8")).toBe(await featureTable(at("../fixtures/ops")));
});
