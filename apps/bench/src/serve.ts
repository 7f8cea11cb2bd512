import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createOps, type Ops, type Tensor } from "@webfla/ops";
import { createCpu } from "@webfla/reference";
import { createWebGpuBackend } from "@webfla/wgsl";
import { byteTokenizer, Engine, type GenerationRequest, loadModel } from "@webfla/zoo";
import { openDirectory } from "@webfla/zoo/node";
import { type Command, Option } from "commander";
import { findAdapters } from "./adapters";
import { machine } from "./machine";
import { columns, times } from "./report/numbers";

/** Requests one after another against all at once, on one device. */
export interface Served {
  readonly on: string;
  readonly correctnessOnly: boolean;
  readonly requests: number;
  readonly newTokens: number;
  readonly promptTokens: number;
  readonly oneByOne: Pace;
  readonly atOnce: Pace;
  /** Tokens a second at once over those one after another. */
  readonly ratio: number;
  /** Requests whose text is not token for token what they got alone, in any run. */
  readonly different: readonly number[];
}

export interface Pace {
  readonly tokensPerSecond: number;
  /** Of each run. */
  readonly milliseconds: readonly number[];
  /** What ran before, to compile: one request, or all at once. */
  readonly coldMs: number;
}

interface Options {
  readonly backend: "auto" | "cpu" | "webgpu";
  readonly quick: boolean;
  /** A checkpoint's folder in place of gdn-byte's. */
  readonly model?: string;
  readonly json?: string;
}

type Asked = Omit<Options, "json">;

const checkpoint = () =>
  fileURLToPath(
    new URL("fixtures/checkpoints/gdn-byte", import.meta.resolve("@webfla/conformance/package.json")),
  );

const words =
  "the whale was seen from the deck at dawn and the captain of the ship said to the Congress of the United States that a vessel of war must be built before the winter and her men paid ";

/** Prompts of 8 to 600 bytes, most of them short. */
const promptsOf = (count: number): readonly Int32Array[] =>
  Array.from({ length: count }, (_, i) => {
    const length = 8 + Math.floor(592 * ((i * 0.618_033_988_75) % 1) ** 3);
    return byteTokenizer.encode(words.repeat(5).slice(i, i + length));
  });

type Answers = readonly Int32Array[];
type Way = <T extends Tensor>(
  engine: Engine<T>,
  requests: readonly GenerationRequest<T>[],
) => Promise<Answers>;

const atOnce: Way = async (engine, requests) => {
  const generations = requests.map((request) => engine.submit(request));
  const results = await Promise.all(generations.map(({ result }) => result));
  return results.map(({ tokens }) => tokens);
};

const oneByOne: Way = async (engine, requests) => {
  const answers: Int32Array[] = [];
  for (const request of requests) answers.push((await engine.submit(request).result).tokens);
  return answers;
};

async function measure<T extends Tensor>(
  ops: Ops<T>,
  about: Pick<Served, "on" | "correctnessOnly">,
  { quick, model: folder = checkpoint() }: Asked,
): Promise<Served> {
  const [count, newTokens, runs] = quick ? [4, 8, 1] : [32, 128, 3];
  const log = (text: string) => console.error(`serve: ${text}`);
  const files = await openDirectory(folder);
  const model = await loadModel(ops, files).finally(() => files.close());
  const engine = new Engine(model, { maxSequences: count });
  const prompts = promptsOf(count);
  // each draws from a stream of its own, and writes as much as the others
  const requests = prompts.map(
    (prompt, seed): GenerationRequest<T> => ({ prompt, maxNewTokens: newTokens, temperature: 0.8, seed }),
  );
  const all: Answers[] = [];
  const timed = async (way: Way, some: readonly GenerationRequest<T>[]) => {
    const start = performance.now();
    const answers = await way(engine, some);
    return { answers, ms: performance.now() - start };
  };
  const pace = async (name: string, way: Way, runs: number, first: number): Promise<Pace> => {
    const { ms: coldMs } = await timed(way, requests.slice(0, first));
    log(`${name}, first ${first}: ${coldMs.toFixed(0)} ms`);
    const milliseconds: number[] = [];
    for (let run = 0; run < runs; run++) {
      const { answers, ms } = await timed(way, requests);
      log(`${name}: ${ms.toFixed(0)} ms`);
      all.push(answers);
      milliseconds.push(ms);
    }
    const median = [...milliseconds].sort((a, b) => a - b)[Math.floor(runs / 2)]!;
    return { tokensPerSecond: (1000 * count * newTokens) / median, milliseconds, coldMs };
  };
  try {
    // one after another is long enough to be its own repetition
    const alone = await pace("one by one", oneByOne, 1, 1);
    const together = await pace("at once", atOnce, runs, count);
    const texts = (i: number) => new Set(all.map((answers) => answers[i]!.join()));
    return {
      ...about,
      requests: count,
      newTokens,
      promptTokens: prompts.reduce((sum, { length }) => sum + length, 0),
      oneByOne: alone,
      atOnce: together,
      ratio: together.tokensPerSecond / alone.tokensPerSecond,
      different: requests.map((_, i) => i).filter((i) => texts(i).size > 1),
    };
  } finally {
    engine.dispose();
    model.dispose();
  }
}

/** gdn-byte behind the engine on every device that was asked for; of software adapters one, and only by name. */
export async function* serve(asked: Asked): AsyncGenerator<Served> {
  const { backend } = asked;
  if (backend !== "webgpu") {
    const ops = createCpu();
    yield await measure(ops, { on: "CPU", correctnessOnly: false }, asked);
    ops.dispose();
  }
  if (backend === "cpu") return;
  const found = await findAdapters();
  const hardware = found.filter(({ software }) => !software);
  const chosen = hardware.length || backend === "auto" ? hardware : found.slice(0, 1);
  if (backend === "webgpu" && chosen.length === 0)
    throw new Error("serve: this machine must have a WebGPU adapter, got none. Use --backend cpu.");
  for (const one of chosen) {
    const session = await one.open("all");
    try {
      // chunks trade arithmetic for parallel lanes, of which a software adapter has few
      const plan = { plan: one.software ? "recurrent" : "auto" } as const;
      const ops = createOps(createWebGpuBackend(session.runtime, plan));
      yield await measure(ops, { on: one.name, correctnessOnly: one.software }, asked);
    } finally {
      session.dispose();
    }
  }
}

const tableOf = (rows: readonly Served[]): string =>
  columns(
    [
      ["on", "requests", "tokens of each", "one by one, tokens/s", "at once, tokens/s", "ratio", ""],
      ...rows.map((row) => [
        row.on,
        String(row.requests),
        String(row.newTokens),
        row.oneByOne.tokensPerSecond.toFixed(0),
        row.atOnce.tokensPerSecond.toFixed(0),
        times(row.ratio),
        row.different.length
          ? `${row.different.length} texts differ: ${row.different.join(", ")}`
          : `token for token the same${row.correctnessOnly ? " (on the processor: correctness only)" : ""}`,
      ]),
    ],
    1,
  );

async function action(options: Options): Promise<void> {
  const results: Served[] = [];
  for await (const row of serve(options)) results.push(row);
  console.log(tableOf(results));
  const { quick, json } = options;
  const written = JSON.stringify({ machine: machine(), quick, results }, null, 1);
  if (json === "-") console.log(`\n${written}`);
  else if (json) writeFileSync(json, `${written}\n`);
  if (results.some(({ different }) => different.length)) process.exitCode = 1;
}

export const addServe = (program: Command): void => {
  program
    .command("serve")
    .description("32 requests at once against one after another, which must write the same tokens")
    .addOption(
      new Option("--backend <name>", "auto is the CPU and every GPU")
        .choices(["auto", "cpu", "webgpu"])
        .default("auto"),
    )
    .option("--quick", "4 short requests: a smoke run", false)
    .option("--model <folder>", "a checkpoint in place of gdn-byte")
    .option("--json <file>", "write the results there as well; - is stdout")
    .action(action);
};
