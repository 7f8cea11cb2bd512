import type { Tensor } from "@webfla/ops";
import type { Command } from "commander";
import { type Opened, withBackend, withCpu, withWebGpu } from "../backend";
import { loadText } from "../checkpoint";
import { continuations } from "../continue";
import { type FoundAdapter, findAdapter } from "../dawn";
import type { Document } from "../documents";
import { interruptSignal } from "../interrupt";
import { type ModelOptions, withModel } from "../options";
import { count } from "../terminal/format";
import { bold, cyan, dim, yellow } from "../terminal/paint";
import { demoTexts } from "./excerpts";
import { differences, largestDifference, type Measured, measure } from "./measure";
import { showPacking, showScores, showTimes } from "./report";

interface DemoOptions extends ModelOptions {
  readonly prompt: string;
}

const sampling = { maxNewTokens: 240, temperature: 0.6, topK: 0, topP: 0.95, seed: 3 };

function describe(adapter: FoundAdapter | undefined, backend: DemoOptions["backend"]): string {
  if (backend === "cpu") return "not asked for";
  if (!adapter) return yellow("none on this machine: the CPU alone");
  return `${adapter.name} ${adapter.software ? "(a software adapter: WebGPU on this machine's CPU)" : "(hardware)"}`;
}

async function demo(options: DemoOptions): Promise<void> {
  const say = options.json ? () => {} : (text: string) => console.log(text);
  const texts = demoTexts();
  const adapter = options.backend === "cpu" ? undefined : await findAdapter();
  if (options.backend === "webgpu" && !adapter) await withBackend("webgpu", async () => {});
  say(bold("webfla: linear attention over ragged batches, on WebGPU and on the CPU"));
  say(`${dim("adapter ")} ${describe(adapter, options.backend)}`);

  const measured: Measured[] = [];
  let documents: readonly Document[] = [];
  const run = async <T extends Tensor>(backend: Opened<T>): Promise<void> => {
    const made = await measure(backend, texts, options);
    if (measured.length === 0) say(showPacking(made.documents));
    documents = made.documents;
    measured.push(made.measured);
  };
  if (options.backend !== "webgpu") await withCpu(run);
  if (adapter) await withWebGpu(adapter, run);
  const tokens = documents.reduce((sum, d) => sum + d.tokens.length, 0);
  say(showScores(documents, measured));
  say(showTimes(tokens, measured));

  const continuation = await withBackend(options.backend, async (backend) => {
    const loaded = await loadText(backend, options);
    say(
      `\n${bold(cyan("continuation"))}  ${dim(`${count(measured[0]!.parameters)} parameters, token by token on ${backend.name}`)}`,
    );
    if (!options.json) process.stdout.write(`  ${bold(options.prompt.replaceAll("\n", "\n  "))}`);
    let text = "";
    const signal = interruptSignal();
    await continuations(loaded, [options.prompt], { ...sampling, signal }, (_, piece) => {
      text += piece;
      if (!options.json) process.stdout.write(piece.replaceAll("\n", "\n  "));
    });
    say("");
    return text;
  });
  if (options.json)
    console.log(
      JSON.stringify({ ...summary(documents, measured), prompt: options.prompt, continuation }, null, 2),
    );
}

function summary(documents: readonly Document[], measured: readonly Measured[]) {
  const lengths = documents.map((d) => d.tokens.length);
  const apart = differences(measured);
  return {
    packedTokens: lengths.reduce((sum, n) => sum + n, 0),
    paddedTokens: lengths.length * Math.max(...lengths),
    documents: documents.map(({ name, bytes }, i) => ({ name, bytes, difference: apart[i] })),
    largestDifference: largestDifference(measured),
    backends: measured,
  };
}

export const addDemo = (program: Command): void => {
  withModel(
    program
      .command("demo")
      .description("eight real documents, packed, scored on both backends, and a text continued"),
  )
    .option("--prompt <text>", "what to continue", "The whale ")
    .action(demo);
};
