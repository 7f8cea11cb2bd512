// Puts the checkpoint that the demo runs beside the built program, so that the published package carries it.
import { cpSync } from "node:fs";
import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
for (const file of ["README.md", "config.json", "model.safetensors"])
  cpSync(
    at(`../../../packages/conformance/fixtures/checkpoints/gdn-byte/${file}`),
    at(`../checkpoints/gdn-byte/${file}`),
  );
