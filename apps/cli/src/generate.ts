import type { Tensor } from "@webfla/ops";
import { byteTokenizer, generate as generateTokens, type Model } from "@webfla/zoo";
import type { Command } from "commander";
import { withBackend } from "./backend";
import { load } from "./checkpoint";
import { interruptSignal } from "./interrupt";
import { integer, type ModelOptions, number, withModel } from "./options";
import { bold, dim } from "./terminal/paint";

interface Sampling {
  readonly maxNewTokens: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly seed: number;
}

interface GenerateOptions extends ModelOptions, Sampling {
  readonly prompt: readonly string[];
}

/** Continues prompts as one ragged batch; text comes as soon as its bytes make characters. */
export async function* continuations<T extends Tensor>(
  model: Model<T>,
  prompts: readonly string[],
  options: Sampling & { readonly signal?: AbortSignal | undefined },
): AsyncGenerator<{ readonly sequence: number; readonly text: string }> {
  const streams = prompts.map(() => byteTokenizer.stream());
  const tokens = generateTokens(model, {
    ...options,
    prompts: prompts.map((p) => byteTokenizer.encode(p)),
    stopTokens: [byteTokenizer.eos],
  });
  for await (const { sequence, token, finished } of tokens) {
    const stream = streams[sequence]!;
    const text = stream.push(token) + (finished ? stream.end() : "");
    if (text) yield { sequence, text };
    // the CPU never waits, and then neither Ctrl-C nor what is written would be seen
    await new Promise(setImmediate);
  }
}

async function generate(options: GenerateOptions): Promise<void> {
  const { prompt: prompts, json } = options;
  const texts = prompts.map(() => "");
  // a single continuation streams; of several only the first can, the others follow whole
  const streaming = !json;
  await withBackend(options.backend, async (backend) => {
    const { model } = await load(backend, options);
    const signal = interruptSignal();
    if (streaming) process.stdout.write(bold(prompts[0]!));
    try {
      for await (const { sequence, text } of continuations(model, prompts, { ...options, signal })) {
        texts[sequence] += text;
        if (streaming && sequence === 0) process.stdout.write(text);
      }
    } finally {
      if (streaming) process.stdout.write("\n");
    }
  });
  if (json)
    console.log(
      JSON.stringify(
        prompts.map((prompt, i) => ({ prompt, text: texts[i] })),
        null,
        2,
      ),
    );
  else
    for (const [i, prompt] of prompts.entries())
      if (i > 0) console.log(`${dim("—")}\n${bold(prompt)}${texts[i]}`);
}

const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

export const addGenerate = (program: Command): void => {
  withModel(
    program
      .command("generate")
      .description("continue a prompt, streaming; several prompts are one ragged batch"),
  )
    .requiredOption("--prompt <text>", "repeat it for a batch", collect)
    .option("--max-new-tokens <n>", "bytes to write for each prompt", integer(0), 200)
    .option(
      "--temperature <x>",
      "0 takes the likeliest byte",
      number("at least 0", (x) => x >= 0 && x < Infinity),
      0.8,
    )
    .option("--top-k <n>", "keep the n likeliest bytes; 0 keeps all", integer(0), 0)
    .option(
      "--top-p <x>",
      "keep the likeliest bytes of this probability",
      number("in (0, 1]", (x) => x > 0 && x <= 1),
      1,
    )
    .option("--seed <n>", "prompt i draws from the stream seed + i", integer(0), 0)
    .action(generate);
};
