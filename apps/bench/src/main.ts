import { readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Tier } from "@webfla/wgsl";
import { Command, Option } from "commander";
import type { Tiers } from "./adapters";
import { addCurve } from "./curve";
import type { FlaRun } from "./fla-run";
import { type Configuration, type Interleaved, interleave, interleavedText } from "./interleave";
import { green } from "./measure/measurement";
import { merge } from "./merge";
import { besideText } from "./report/beside";
import { compare } from "./report/compare";
import { growthTable, ratesLine, stageTable, tables } from "./report/table";
import { type Results, run } from "./run";
import { addServe } from "./serve";
import { suites } from "./suites";
import { tryTiles } from "./tiles";
import { tune } from "./tune";

interface Shown {
  readonly stages: boolean;
  readonly json?: string;
  readonly html?: string;
  readonly beside?: readonly string[];
}

interface Options extends Shown {
  readonly suite: readonly string[];
  readonly adapter?: string;
  readonly tiers: readonly string[];
  readonly dtype: readonly ("f32" | "f16")[];
  readonly match?: string;
  readonly rivals: boolean;
  readonly ort: boolean;
  readonly quick: boolean;
  readonly compare?: readonly string[];
  readonly with: string;
  readonly against?: string;
}

const home = (path: string): string => resolve(dirname(process.argv[1]!), "..", path);
const names = Object.keys(suites);
const tiersOf = (text: string): Tiers =>
  text === "all" || text === "baseline" ? text : (text.split("+") as Tier[]);
const readJson = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));
const read = (path: string): Results => readJson(path) as Results;
const readFla = (paths: readonly string[] = []): readonly FlaRun[] =>
  paths.map((path) => readJson(path) as FlaRun);
const program = new Command("bench").description("Times what is right, and refuses what is not.");

program
  .command("run", { isDefault: true })
  .description("measure, or with --compare look at two measurements")
  .addOption(new Option("--suite <name...>", "suites to run").choices(names).default(names))
  .option("--adapter <name>", "only the adapter whose name holds this")
  .option("--tiers <set...>", "all, baseline, or features joined by +, each set a run of its own", ["all"])
  .addOption(new Option("--dtype <type...>", "storage types").choices(["f32", "f16"]).default(["f32", "f16"]))
  .option("--match <text>", "only cases whose name holds this")
  .option("--no-rivals", "without the competitors")
  .option("--ort", "onnxruntime-web among the competitors", false)
  .option("--quick", "small shapes and few samples: a smoke run", false)
  .option("--stages", "print what each time is made of", false)
  .option("--json <file>", "write the results there as well")
  .option("--html <file>", "write a page with plots there")
  .option(
    "--beside <file...>",
    "what fla/main.py wrote on this card; of a row that several have, the first's",
  )
  .option("--compare <file...>", "two written results side by side; nothing runs")
  .option("--with <json>", "a plan, and tiers, for --against to be held against", "{}")
  .option("--against <json>", "time each case under two plans in turn: '{\"chunkSize\":32}'")
  .action(async ({ compare: files, ...options }: Options) => {
    if (files) return console.log(compareFiles(files));
    if (options.against) return console.log(await against(options, options.against));
    const results = await run(
      { ...options, suites: options.suite, dtypes: options.dtype, tiers: options.tiers.map(tiersOf) },
      ({ suite, name, on }, known) => {
        process.stderr.write(`${suite}: ${name} on ${on}\n`);
        // whoever ends a long run keeps what it had
        if (options.json) writeFileSync(options.json, written(known));
      },
    );
    await report(merge([results], readFla(options.beside)), options);
  });

program
  .command("show")
  .description("print what runs wrote with --json, together")
  .argument("<file...>")
  .option(
    "--beside <file...>",
    "what fla/main.py wrote on this card; of a row that several have, the first's",
  )
  .option("--stages", "print what each time is made of", false)
  .option("--json <file>", "write all of it into one")
  .option("--html <file>", "write a page with plots there")
  .action(async (files: readonly [string, ...string[]], options: Shown) => {
    const [first, ...more] = files;
    await report(merge([read(first), ...more.map(read)], readFla(options.beside)), options);
  });

program
  .command("results")
  .description("write the marked sections of README files and the figures from the committed runs")
  .action(async () => {
    const { writeResults } = await import("./results");
    writeResults(home("results"), [home("README.md"), home("../../README.md")]);
  });

program
  .command("tune")
  .description("find the plan that suits an adapter, and write its entry of the table of plans")
  .option("--adapter <name>", "only the adapter whose name holds this")
  .option("--quick", "small shapes and few samples: a smoke run", false)
  .option("--table <file>", "the table, made where there is none", "plans.json")
  .action(async (options: Parameters<typeof tune>[0]) => console.log(await tune(options)));

program
  .command("tiles")
  .description("time products with every tile that might suit an adapter")
  .option("--adapter <name>", "only the adapter whose name holds this")
  .option("--quick", "small shapes and few samples: a smoke run", false)
  .action(async (options: Parameters<typeof tryTiles>[0]) => console.log(await tryTiles(options)));

addServe(program);
addCurve(program);

async function against(options: Options, other: string): Promise<string> {
  const plans = [JSON.parse(options.with), JSON.parse(other)] as [Configuration, Configuration];
  const rows: Interleaved[] = [];
  for await (const row of interleave({ ...options, suites: options.suite, dtypes: options.dtype }, plans)) {
    process.stderr.write(`${row.name}\n`);
    rows.push(row);
  }
  return `A ${options.with}, B ${other}\n${interleavedText(rows)}`;
}

function compareFiles(files: readonly string[]): string {
  const [a, b, ...more] = files;
  if (!a || !b || more.length)
    throw new Error(`bench: --compare must have two files, got ${files.length}. Name two that --json wrote.`);
  return compare(read(a), read(b));
}

/** JSON with a line for each row. */
const written = ({ results: rows, ...about }: Results): string =>
  `${JSON.stringify(about).slice(0, -1)},"results":[\n${rows.map((row) => JSON.stringify(row)).join(",\n")}\n]}\n`;

async function report(results: Results, { json, html, stages }: Shown): Promise<void> {
  const { cpu, cores, platform, node, dawn, commit } = results.machine;
  console.log(
    `${cpu}, ${cores} cores, ${platform}, Node ${node}, ${dawn}${commit ? `, commit ${commit}` : ""}`,
  );
  for (const rates of results.rates) console.log(ratesLine(rates));
  console.log(`\n${tables(results.results)}`);
  const growth = growthTable(results.results);
  if (growth) console.log(`\n${growth}`);
  if (stages) for (const row of results.results) if (row.stages) console.log(`\n${stageTable(row)}`);
  const beside = besideText(results);
  if (beside) console.log(`\n${beside}`);
  if (json) writeFileSync(json, written(results));
  if (html) {
    const { page } = await import("./report/page");
    writeFileSync(html, await page(results));
  }
  const refused = results.results.filter((row) => !green(row));
  if (refused.length) {
    console.error(
      `\n${refused.length} refused: ${refused.map(({ name, on }) => `${name} on ${on}`).join(", ")}`,
    );
    process.exitCode = 1;
  }
}

// a package runner hands "--" on
await program.parseAsync(process.argv.filter((argument) => argument !== "--"));
// Dawn's threads outlive their devices
process.exit();
