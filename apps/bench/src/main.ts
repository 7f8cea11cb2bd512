import { writeFileSync } from "node:fs";
import { arch, cpus, platform } from "node:os";
import { Command, Option } from "commander";
import { green, type Measurement } from "./measure";
import { suites } from "./suites";
import { table } from "./table";

interface Options {
  readonly suite: readonly string[];
  readonly quick: boolean;
  readonly json?: string;
}

const names = Object.keys(suites);
const program = new Command("bench")
  .description("Times what agrees with the oracles, and refuses what does not.")
  .addOption(new Option("--suite <name...>", "suites to run").choices(names).default(names))
  .option("--quick", "small shapes and few samples: a smoke run", false)
  .option("--json <file>", "write the results there as well");
// a package runner hands "--" on
program.parse(process.argv.filter((argument) => argument !== "--"));
const { suite, quick, json } = program.opts<Options>();

const machine = {
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  platform: `${platform()} ${arch()}`,
  node: process.version,
};
console.log(`${machine.cpu}, ${machine.cores} cores, ${machine.platform}, Node ${machine.node}`);

const results: Measurement[] = [];
for (const name of suite) {
  const rows: Measurement[] = [];
  for await (const row of suites[name]!({ quick })) rows.push(row);
  console.log(`\n${name}\n${table(rows)}`);
  results.push(...rows);
}
if (json) writeFileSync(json, `${JSON.stringify({ machine, quick, results }, null, 2)}\n`);

const refused = results.filter((row) => !green(row));
if (refused.length) {
  console.error(
    `\n${refused.length} refused: ${refused.map(({ name, on }) => `${name} on ${on}`).join(", ")}`,
  );
  process.exitCode = 1;
}
