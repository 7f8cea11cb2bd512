import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { filesBelow, read, root } from "./workspace-files";

const layers = "packages/zoo/src/layers";
const oracles = "packages/reference/src/oracle";

const oneWord = (text: string) => text.toLowerCase().replace(/[-_]/g, "");

/** A layer is tested beside itself, or where backends are at hand: by a test there that names it, in any spelling. */
function hasTest(variant: string): boolean {
  const tests = (folder: string) => filesBelow(folder).filter((path) => path.endsWith(".test.ts"));
  const named = new RegExp(`\\b${oneWord(variant)}`);
  return (
    tests(`${layers}/${variant}`).length > 0 ||
    tests("packages/conformance/test").some((path) => named.test(oneWord(path + read(path))))
  );
}

/** Its oracle bears its name, or the README names the one that it equals: "oracle/<file>.ts". */
function hasOracle(variant: string): boolean {
  if (existsSync(join(root, oracles, `${variant}.ts`))) return true;
  const readme = `${layers}/${variant}/README.md`;
  if (!existsSync(join(root, readme))) return false;
  const [, file] = /\boracle\/([a-z0-9-]+\.ts)\b/.exec(read(readme)) ?? [];
  return file !== undefined && existsSync(join(root, oracles, file));
}

/** What the mirror of each variant lacks, one sentence for each. */
export function missingFromMirror(): string[] {
  if (!existsSync(join(root, layers))) return [];
  const variants = readdirSync(join(root, layers), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  return variants.flatMap(({ name }) => {
    const has = (file: string) => existsSync(join(root, layers, name, file));
    const mirror: readonly [boolean, string][] = [
      [has("README.md"), `${layers}/${name}/README.md`],
      [has("index.ts"), `${layers}/${name}/index.ts`],
      [hasTest(name), "a test in its folder, or one in packages/conformance/test that names it"],
      [hasOracle(name), `${oracles}/${name}.ts, or "oracle/<file>.ts" in its README`],
    ];
    return mirror.filter(([there]) => !there).map(([, what]) => `${name} lacks ${what}`);
  });
}
