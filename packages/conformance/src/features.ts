// pnpm features [DIR]: writes FEATURES.md; verifies the checkpoints of FLA below DIR first, where it is given, and records those that pass.
import { readFile, writeFile } from "node:fs/promises";
import { createCpu } from "@webfla/reference";
import { createWebGpu } from "@webfla/wgsl";
import { create, globals } from "webgpu";
import { featureTables } from "./features/table";
import { verifiedCheckpoints } from "./features/verified";
import { subjects } from "./golden";

const record = "packages/conformance/fixtures/verified.json";
const [directory] = process.argv.slice(2);
if (directory) {
  Object.assign(globalThis, globals);
  const adapter = await create([]).requestAdapter();
  if (!adapter) throw new Error("features: Dawn must offer an adapter, got none. Run pnpm test once.");
  const gpu = await createWebGpu({ adapter });
  const found = await verifiedCheckpoints(createCpu(), gpu, await subjects(directory));
  await writeFile(record, `${JSON.stringify(found, null, 2)}\n`);
}
const verified = JSON.parse(await readFile(record, "utf8"));
await writeFile("FEATURES.md", await featureTables("packages/conformance/fixtures/ops", verified));
process.exit(0);
