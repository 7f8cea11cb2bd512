import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { arch, cpus, platform, totalmem } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** What a run was measured with. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly platform: string;
  readonly node: string;
  /** Of the npm package, which holds Dawn. */
  readonly dawn: string;
  /** Of the GPU, where whoever started the run said so; adapters tell theirs in their description. */
  readonly driver?: string;
  /** Of the tree that ran, with "+" where files differ from it; absent outside a checkout. */
  readonly commit?: string;
}

export function machine(): Machine {
  const { version } = createRequire(import.meta.url)("webgpu/package.json") as { version: string };
  const commit = commitOf();
  const driver = process.env["WEBFLA_DRIVER"];
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${platform()} ${arch()}`,
    node: process.version,
    dawn: `webgpu ${version}`,
    ...(driver && { driver }),
    ...(commit && { commit }),
  };
}

function commitOf(): string | undefined {
  const cwd = dirname(fileURLToPath(import.meta.url));
  const git = (...args: string[]) =>
    execFileSync("git", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    return git("rev-parse", "--short=12", "HEAD") + (git("status", "--porcelain", "-uno") ? "+" : "");
  } catch {
    // a bundle on a bare machine says which commit it was made from
    return process.env["WEBFLA_COMMIT"];
  }
}
