import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { defineConfig } from "tsup";

type Exports = Record<string, string | { "@webfla/source": string }>;
const manifest = JSON.parse(readFileSync("package.json", "utf8")) as {
  dependencies?: Record<string, string>;
  exports?: Exports;
  bin?: Record<string, string>;
};

const expand = (pattern: string): string[] => {
  if (!pattern.includes("*")) return [pattern];
  const [dir, tail] = pattern.split("*") as [string, string];
  return readdirSync(dir)
    .filter((f) => f.endsWith(tail) && !f.endsWith(".test.ts") && statSync(join(dir, f)).isFile())
    .map((f) => dir + f);
};
const entries = manifest.exports
  ? Object.values(manifest.exports).flatMap((e) => (typeof e === "string" ? [] : expand(e["@webfla/source"])))
  : ["./src/main.ts"];

// tsup reads tsconfig.base.json but resolves its relative paths from elsewhere
const typeRoots = ["types", "node_modules/@types", "node_modules"].map((path) => resolve("../..", path));
// the declarations of a package that depends on the ambient WebGPU types bring them along
const ambient = manifest.dependencies?.["@webgpu/types"] ? '/// <reference types="@webgpu/types" />' : "";

export default defineConfig({
  entry: Object.fromEntries(
    [...new Set(entries)].map((e) => [e.replace(/^\.\/src\//, "").replace(/\.ts$/, ""), e]),
  ),
  format: "esm",
  target: "es2022",
  dts: manifest.bin === undefined && { compilerOptions: { typeRoots }, banner: ambient },
  sourcemap: true,
  clean: true,
  splitting: true,
  loader: { ".wgsl": "text" },
});
