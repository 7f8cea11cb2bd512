import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Outcome, type Room, readManifest, rooms, root, run, runBin } from "./workspace-files";

/** The packages that are published: libraries, and the command line. */
export const published: readonly Room[] = rooms.filter(({ manifest }) => !manifest.private);

/** Builds every published package with its own build script. */
export const buildAll = (): Promise<Outcome> =>
  runBin(
    "turbo",
    "turbo",
    [
      "run",
      "build",
      ...published.map(({ manifest }) => `--filter=${manifest.name}`),
      "--concurrency=2",
      "--continue",
      "--output-logs=errors-only",
    ],
    // the installation was checked when the tests were started
    { env: { TURBO_TELEMETRY_DISABLED: "1", npm_config_verify_deps_before_run: "false" } },
  );

const tarball = (room: Room) =>
  `${room.manifest.name.replace("@", "").replace("/", "-")}-${room.manifest.version}.tgz`;

/** Packs a package as it would be published, into the folder. */
export async function pack(room: Room, folder: string): Promise<string> {
  const pnpm = process.env["npm_execpath"];
  const [program, ...first] = pnpm?.includes("pnpm") ? [process.execPath, pnpm] : ["pnpm"];
  const { code, output } = await run(program, [...first, "pack", "--pack-destination", folder], {
    cwd: join(root, room.folder),
    env: { npm_config_verify_deps_before_run: "false" },
  });
  if (code !== 0) throw new Error(`pack: ${room.manifest.name} must pack, got ${output}`);
  return join(folder, tarball(room));
}

/** The package and all that it needs of the workspace. */
function closure(room: Room): Room[] {
  const needed = new Set([room]);
  for (const { manifest } of needed)
    for (const other of published) if (manifest.dependencies?.[other.manifest.name]) needed.add(other);
  return [...needed];
}

/** Installs a package into a new, empty project; what it needs of the workspace comes from the tarballs too. */
export async function install(room: Room, tarballs: string, project: string): Promise<Outcome> {
  const needed = closure(room).map((r) => [r.manifest.name, `file:${join(tarballs, tarball(r))}`]);
  mkdirSync(project, { recursive: true });
  const manifest = {
    name: "consumer",
    private: true,
    type: "module",
    dependencies: Object.fromEntries(needed),
  };
  writeFileSync(join(project, "package.json"), JSON.stringify(manifest));
  const flags = ["--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
  return run("npm", ["install", ...flags], { cwd: project });
}

/** Every specifier that the installed package exports, its patterns expanded over the files that were published. */
export function specifiers(room: Room, project: string): string[] {
  const folder = join(project, "node_modules", room.manifest.name);
  return Object.entries(readManifest(folder).exports ?? {}).flatMap(([path, target]) => {
    const name = join(room.manifest.name, path);
    if (typeof target === "string") return [];
    const { types } = target as { types: string };
    const [head, tail] = types.split("*");
    if (head === undefined || tail === undefined) return [name];
    return existsSync(join(folder, head))
      ? readdirSync(join(folder, head))
          .filter((file) => file.endsWith(tail) && !/-[\w-]{8}\.d\.ts$/.test(file))
          .map((file) => name.replace("*", file.slice(0, -tail.length)))
      : [];
  });
}
