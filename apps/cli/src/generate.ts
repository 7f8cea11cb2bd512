import type { Command } from "commander";
import { withBackend } from "./backend";
import { loadText } from "./checkpoint";
import { continuations } from "./continue";
import { interruptSignal } from "./interrupt";
import { collect, type ModelOptions, type SamplingOptions, withModel, withSampling } from "./options";
import { bold, dim } from "./terminal/paint";

interface GenerateOptions extends ModelOptions, SamplingOptions {
  readonly prompt: readonly string[];
}

async function generate(options: GenerateOptions): Promise<void> {
  const { prompt: prompts, json } = options;
  const texts = prompts.map(() => "");
  // a single continuation streams; of several only the first can, the others follow whole
  const streaming = !json;
  await withBackend(options.backend, async (backend) => {
    const loaded = await loadText(backend, options);
    const signal = interruptSignal();
    if (streaming) process.stdout.write(bold(prompts[0]!));
    try {
      await continuations(loaded, prompts, { ...options, signal }, (i, text) => {
        texts[i] += text;
        if (streaming && i === 0) process.stdout.write(text);
      });
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

export const addGenerate = (program: Command): void => {
  const command = program
    .command("generate")
    .description("continue a prompt, streaming; several prompts are one ragged batch")
    .requiredOption(
      "--prompt <text>",
      "repeat it for a batch; prompt i draws from the stream seed + i",
      collect,
    );
  withSampling(withModel(command), 200).action(generate);
};
