import { type Line, subjects, targetOf, type Verdict, verify } from "@webfla/conformance/golden";
import type { Command } from "commander";
import { expectStorage, withBackend } from "./backend";
import { type DeviceOptions, withDevice } from "./options";
import { tiny } from "./terminal/format";
import { dim, green, red, yellow } from "./terminal/paint";

interface GoldenOptions extends DeviceOptions {
  readonly json?: true;
  readonly strict?: true;
}

const paint: Readonly<Record<Verdict, (text: string) => string>> = {
  PASS: green,
  FAIL: red,
  unsupported: yellow,
};

function show({ subject, tensor, error, tolerance, verdict, note }: Line): string {
  const name = `${subject} ${tensor}`.padEnd(52);
  const numbers = `${(error === undefined ? "–" : tiny(error)).padStart(8)} ${(tolerance === undefined ? "–" : tiny(tolerance)).padStart(8)}`;
  return `${name} ${numbers}  ${paint[verdict](verdict)}${note ? dim(`  ${note.replaceAll("\n", " ")}`) : ""}`;
}

async function golden(
  paths: readonly string[],
  { backend, dtype, json, strict }: GoldenOptions,
): Promise<void> {
  const all = (await Promise.all(paths.map(subjects))).flat();
  const lines: Line[] = [];
  const on = await withBackend(backend, async (opened) => {
    expectStorage(opened, dtype);
    if (!json)
      console.log(dim(`${"tensor".padEnd(52)} ${"error".padStart(8)} ${"at most".padStart(8)}  verdict`));
    const target = targetOf(opened.ops, dtype);
    for (const subject of all)
      for await (const line of verify(target, subject)) {
        lines.push(line);
        if (!json) console.log(show(line));
      }
    return opened.adapter ? `${opened.name} (${opened.adapter.name})` : opened.name;
  });
  const tally = (verdict: Verdict): number => lines.filter((l) => l.verdict === verdict).length;
  const summary = { passed: tally("PASS"), failed: tally("FAIL"), unsupported: tally("unsupported") };
  if (json) console.log(JSON.stringify({ backend: on, dtype, ...summary, lines }, null, 2));
  else
    console.log(
      `\n${summary.passed} passed, ${summary.failed} failed, ${summary.unsupported} unsupported, on ${on} in ${dtype}`,
    );
  if (summary.failed > 0) process.exitCode = 1;
  else if (strict && summary.unsupported > 0) process.exitCode = 2;
}

export const addGolden = (program: Command): void => {
  withDevice(
    program
      .command("golden")
      .description("verify golden files of flash-linear-attention: operators, models, index functions")
      .argument(
        "<path...>",
        "a .safetensors with an op, a model directory, varlen.json, or a directory of these",
      ),
  )
    .option("--json", "print machine-readable results")
    .option("--strict", "exit with 2 where something is unsupported")
    .addHelpText(
      "after",
      "\nExit codes: 0 everything that is supported agrees; 1 a mismatch, a path that is not there or a file that\ncannot be read; 2 with --strict, something is unsupported.",
    )
    .action(golden);
};
