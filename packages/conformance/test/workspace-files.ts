import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../../", import.meta.url));

const require = createRequire(join(root, "package.json"));

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly bin?: string | Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** A package or app of the workspace, its folder relative to the root. */
export interface Room {
  readonly folder: string;
  readonly manifest: Manifest;
}

export const rooms: readonly Room[] = ["packages", "apps"].flatMap((parent) =>
  readdirSync(join(root, parent))
    .map((name) => `${parent}/${name}`)
    .filter((folder) => existsSync(join(root, folder, "package.json")))
    .map((folder) => ({ folder, manifest: readManifest(join(root, folder)) })),
);

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

const foreign = new Set(["node_modules", "dist", "fixtures", ".cache", ".turbo", ".git"]);

/** Every file a person wrote below a folder, relative to the root, sorted. */
export function filesBelow(folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => !foreign.has(entry.name) && !/\.generated\.|\.as\.ts$/.test(entry.name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [path];
    })
    .sort();
}

export const read = (path: string): string => readFileSync(join(root, path), "utf8");

export interface Outcome {
  readonly code: number;
  readonly output: string;
}

/** Runs a program without a terminal; its exit code and everything it wrote. */
export function run(
  program: string,
  args: readonly string[],
  { cwd = root, env = {} }: { cwd?: string; env?: Readonly<Record<string, string>> } = {},
): Promise<Outcome> {
  // a program is started as a user would start it: without the settings of the test run and of the script runner
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|pnpm_|VITEST|NODE_)/.test(name));
  return new Promise((done) => {
    const child = execFile(
      program,
      args,
      {
        cwd,
        env: { ...Object.fromEntries(inherited), CI: "1", NO_COLOR: "1", FORCE_COLOR: "0", ...env },
        maxBuffer: 1 << 26,
      },
      (error, stdout, stderr) =>
        done({ code: error ? Number(error.code ?? 1) || 1 : 0, output: `${stdout}${stderr}` }),
    );
    child.stdin?.end();
  });
}

/** Runs a program that the workspace's root depends on. */
export function runBin(
  dependency: string,
  bin: string,
  args: readonly string[],
  options: Parameters<typeof run>[2] = {},
) {
  const folder = packageFolder(dependency);
  const { bin: bins } = readManifest(folder);
  const file = typeof bins === "string" ? bins : bins?.[bin];
  if (file === undefined) throw new Error(`runBin: ${dependency} must have the program ${bin}, got none.`);
  return run(process.execPath, [join(folder, file), ...args], options);
}

function packageFolder(dependency: string): string {
  const folder = require.resolve
    .paths(dependency)
    ?.map((path) => join(path, dependency))
    .find((path) => existsSync(join(path, "package.json")));
  if (!folder) throw new Error(`runBin: ${dependency} must be installed, got nothing in ${dirname(root)}.`);
  return folder;
}
