import type { Tensor } from "@webfla/ops";
import { Engine } from "@webfla/zoo";
import type { LoadedText } from "./checkpoint";
import type { SamplingOptions } from "./options";

/** Most tokens of a prompt that one forward pass reads. */
const PREFILL = 4096;

/**
 * Continues prompts as one ragged batch; `onText` gets each piece as soon as it is sure to belong to the text. Prompt i
 * draws from the stream seed + i, and gets what it gets alone.
 */
export async function continuations<T extends Tensor>(
  { model, tokenizer, stopTokens }: LoadedText<T>,
  prompts: readonly string[],
  { seed, ...sampling }: SamplingOptions & { readonly signal?: AbortSignal | undefined },
  onText: (prompt: number, text: string) => void,
): Promise<void> {
  if (sampling.maxNewTokens === 0) return;
  const engine = new Engine(model, {
    maxSequences: prompts.length,
    tokenBudget: PREFILL + prompts.length,
    tokenizer,
  });
  try {
    const generations = prompts.map((prompt, i) =>
      engine.submit({ ...sampling, prompt: tokenizer.encode(prompt), seed: seed + i, stopTokens }),
    );
    await Promise.all(
      generations.map(async (generation, i) => {
        for await (const { text } of generation) if (text) onText(i, text);
      }),
    );
  } finally {
    engine.dispose();
  }
}
