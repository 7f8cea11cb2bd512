import { writeFile } from "node:fs/promises";
import { featureTable } from "./features/table";

await writeFile("FEATURES.md", await featureTable("packages/conformance/fixtures/ops"));
process.exit(0);
