import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { filesBelow, read, root } from "./workspace-files";

const layers = "packages/zoo/src/layers";
const oracles = "packages/reference/src/oracle";

/** A layer is tested beside itself, or where backends are at hand: by a test that bears its name or imports it. */
function hasTest(variant: string): boolean {
  const own = filesBelow(`${layers}/${variant}`).filter((path) => path.endsWith(".test.ts"));
  const shared = filesBelow("packages/conformance/test").filter((path) => path.endsWith(".test.ts"));
  return (
    own.length > 0 ||
    shared.some((path) => path.includes(variant) || read(path).includes(`@webfla/zoo/${variant}"`))
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
      [
        hasTest(name),
        `a test in its folder, or one in packages/conformance/test that imports @webfla/zoo/${name}`,
      ],
      [hasOracle(name), `${oracles}/${name}.ts, or "oracle/<file>.ts" in its README`],
    ];
    return mirror.filter(([there]) => !there).map(([, what]) => `${name} lacks ${what}`);
  });
}
