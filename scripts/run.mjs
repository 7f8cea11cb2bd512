// Runs an app from source: node scripts/run.mjs <app|package[/entry]> [args...]
// Bundles the entry with its workspace imports (the "@webfla/source" condition) and imports the result.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { provide } from "./adapters.mjs";
import { pausePolls } from "./dawn-polls.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const [target, ...args] = process.argv.slice(2);
const [room, entry = "main"] = target.split("/");
const home = ["apps", "packages", "."].map((d) => join(root, d, room)).find(existsSync);
if (!home) throw new Error(`run: no app or package named "${room}"`);
const outfile = join(home, "node_modules/.cache", `${entry}.mjs`);
const external = (name) => !name.startsWith(".") && !name.startsWith("/") && !name.startsWith("@webfla/");

await build({
  entryPoints: [join(home, "src", `${entry}.ts`)],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: "inline",
  conditions: ["@webfla/source"],
  loader: { ".wgsl": "text" },
  logLevel: "warning",
  plugins: [
    {
      name: "npm-packages-stay-outside",
      setup(b) {
        // a package is resolved where it is imported, so that each workspace package keeps its own dependencies
        b.onResolve({ filter: /.*/ }, ({ path, importer, kind }) => {
          if (kind === "entry-point" || !external(path)) return;
          if (path.startsWith("node:")) return { path, external: true };
          try {
            return { path: pathToFileURL(createRequire(importer).resolve(path)).href, external: true };
          } catch {
            return { path, external: true };
          }
        });
      },
    },
  ],
});
// a machine without a GPU still has WebGPU; one with a GPU keeps it, for Dawn prefers hardware
provide({ browser: false, beside: true });
// a program that a test starts shares the cores with the next test
if (process.env.WEBFLA_PATIENT) pausePolls();
process.argv = [process.argv[0], join(home, "src", `${entry}.ts`), ...args];
await import(pathToFileURL(outfile).href);
