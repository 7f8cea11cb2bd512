import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export const at = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs webfla from source, as the root scripts do. */
export function webfla(
  args: readonly string[],
  {
    stdin = "",
    env = {},
    onOutput = () => {},
  }: {
    readonly stdin?: string;
    readonly env?: Readonly<Record<string, string>>;
    /** Called with the process at everything it writes to stdout. */
    readonly onOutput?: (kill: (signal: NodeJS.Signals) => void, stdout: string) => void;
  } = {},
): Promise<Outcome> {
  const child = spawn(process.execPath, [at("scripts/run.mjs"), "cli", ...args], {
    env: { ...process.env, ...env },
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
    onOutput((signal) => child.kill(signal), stdout);
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  child.stdin.end(stdin);
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) => done({ code, stdout, stderr }));
  });
}
