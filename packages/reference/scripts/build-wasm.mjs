// Compiles wasm/*.as.ts (AssemblyScript, SIMD) into src/backend/wasm.generated.ts. Usage: node scripts/build-wasm.mjs
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import asc from "assemblyscript/asc";

const home = resolve(dirname(fileURLToPath(import.meta.url)), "..");
export const output = join(home, "src/backend/wasm.generated.ts");
const options =
  "--optimizeLevel 3 --shrinkLevel 0 --converge --runtime stub --noAssert --enable simd --use abort=";

async function compile(file) {
  let bytes;
  const { error, stderr } = await asc.main([file, ...options.split(" "), "--outFile", "out.wasm"], {
    readFile: (name) => (name === file ? readFileSync(join(home, "wasm", file), "utf8") : null),
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
  for (const file of readdirSync(join(home, "wasm")).sort())
    lines.push(`export const ${file.replace(".as.ts", "")}Wasm =\n  "${await compile(file)}";`);
  return `${lines.join("\n")}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) writeFileSync(output, await generate());
