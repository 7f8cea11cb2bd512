// pnpm test [-- vitest arguments] [--full] [--gpu NAME]: every test of every package on every adapter that this machine can have.
//   --full      the long versions of tests that have one
//   --gpu NAME  adds the hardware adapter whose name holds NAME
// The last line is "N passed, N failed, N skipped"; it fails when a test failed or none ran.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { provide, provideSystem } from "./adapters.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const require = createRequire(import.meta.url);

/** Takes our options out of the arguments; the rest is vitest's. */
function split(args) {
  const rest = args.filter((a) => a !== "--" && a !== "--full");
  const gpu = rest.indexOf("--gpu");
  const [, name] = gpu < 0 ? [] : rest.splice(gpu, 2);
  if (gpu >= 0 && !name) throw new Error("test: --gpu must name an adapter, got nothing. Try --gpu NVIDIA");
  return { full: args.includes("--full"), gpu: name, rest };
}

function runVitest(args) {
  const folder = mkdtempSync(join(tmpdir(), "webfla-test-"));
  const report = join(folder, "report.json");
  const vitest = join(dirname(require.resolve("vitest/package.json")), "vitest.mjs");
  const { status, signal } = spawnSync(
    process.execPath,
    [vitest, "run", "--reporter=default", `--reporter=${join(root, "scripts/vitest-report.mjs")}`, ...args],
    { cwd: root, stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, WEBFLA_REPORT: report } },
  );
  const result = existsSync(report)
    ? JSON.parse(readFileSync(report, "utf8"))
    : { passed: 0, failed: [`vitest ended without a report (${signal ?? `exit ${status}`})`], skipped: [] };
  rmSync(folder, { recursive: true, force: true });
  return { status, ...result };
}

function print({ passed, failed, skipped }) {
  for (const reason of new Set(skipped.map((s) => s.reason))) {
    console.log(`\nskipped, ${reason}:`);
    for (const s of skipped) if (s.reason === reason) console.log(`  ${s.name}`);
  }
  if (failed.length) console.log(`\nfailed:\n${failed.map((f) => `  ${f}`).join("\n")}`);
  console.log(`\n${passed} passed, ${failed.length} failed, ${skipped.length} skipped`);
}

const { full, gpu, rest } = split(process.argv.slice(2));
if (full) process.env.WEBFLA_FULL = "1";
if (gpu) process.env.WEBFLA_GPU = gpu;
provideSystem();
provide();
for (const { name, reason } of JSON.parse(process.env.WEBFLA_ADAPTERS))
  console.log(`${name}: ${reason ? `absent, ${reason}` : "present"}`);

const result = runVitest(rest);
print(result);
process.exitCode = result.failed.length ? 1 : (result.status ?? 1) || (result.passed ? 0 : 1);
