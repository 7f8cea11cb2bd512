// Compiles wasm/*.as.ts (AssemblyScript, SIMD) into src/backend/wasm.generated.ts. Usage: node scripts/build-wasm.mjs
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import asc from "assemblyscript/asc";

const home = resolve(dirname(fileURLToPath(import.meta.url)), "..");
export const output = join(home, "src/backend/wasm.generated.ts");
const modules = ["map", "matmul", "recurrence"];
const options =
  "--optimizeLevel 3 --shrinkLevel 0 --converge --runtime stub --noAssert --enable simd --use abort=";

async function compile(file) {
  let bytes;
  const { error, stderr } = await asc.main([file, ...options.split(" "), "--outFile", "out.wasm"], {
    readFile: (name) => {
      const path = join(home, "wasm", name);
      return existsSync(path) ? readFileSync(path, "utf8") : null;
    },
    writeFile: (_, contents) => {
      bytes = contents;
    },
    listFiles: () => [],
  });
  if (error) throw new Error(`build-wasm: ${file} must compile. ${stderr}`);
  return Buffer.from(bytes).toString("base64");
}

/** The text of the generated module. */
export async function generate() {
  const lines = ["// Compiled from wasm/*.as.ts by scripts/build-wasm.mjs; do not edit."];
  for (const name of modules)
    lines.push(`export const ${name}Wasm =\n  "${await compile(`${name}.as.ts`)}";`);
  return `${lines.join("\n")}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) writeFileSync(output, await generate());
