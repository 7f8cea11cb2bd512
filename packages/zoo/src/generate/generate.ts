import { ShapeError, type Tensor } from "@webfla/ops";
import { Batch, type Sequence } from "../engine/batch";
import { Feed } from "../engine/feed";
import { throwIfAborted } from "../errors";
import type { Model } from "../models/model";
import { checkSeed, Draws } from "./draws";
import { checkSampling, type Sample, type SamplingOptions } from "./sampling";

export interface GenerateArgs extends SamplingOptions {
  /** At least one token each. */
  readonly prompts: readonly Int32Array[];
  /** For each prompt. */
  readonly maxNewTokens: number;
  /** Prompt i draws from the stream seed + i, whatever its neighbours: alone with that seed it gets the same tokens. Default 0. */
  readonly seed?: number | undefined;
  /** A sequence ends with the first of these. */
  readonly stopTokens?: readonly number[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface GeneratedToken extends Sample {
  /** Index of the prompt that the token continues. */
  readonly sequence: number;
  /** Why it is the sequence's last: a stop token, which is this token, or the length. */
  readonly finished: "stop" | "length" | undefined;
}

/**
 * Continues a ragged batch of prompts: one packed pass over all of them, then one over the live sequences for every
 * further token. Tokens come as they are made, step by step and in the order of the prompts. Throws AbortedError once
 * the signal fires; however it ends, nothing stays on the device.
 */
export async function* generate<T extends Tensor>(
  model: Model<T>,
  args: GenerateArgs,
): AsyncGenerator<GeneratedToken, void, undefined> {
  const { stopTokens = [], signal } = args;
  const indices = new Map(sequencesOf(model, args).map((sequence, i) => [sequence, i]));
  if (args.maxNewTokens === 0) return;
  const batch = new Batch(model, Number.POSITIVE_INFINITY);
  try {
    for (const sequence of indices.keys()) batch.add(sequence);
    while (batch.size) {
      throwIfAborted("generate", signal);
      const choices = await batch.step();
      throwIfAborted("generate", signal);
      const tokens = choices.map((choice): GeneratedToken => {
        if (choice.error) throw choice.error;
        const { sequence, token, logProbability } = choice;
        const finished = stopTokens.includes(token) ? "stop" : sequence.left ? undefined : "length";
        if (finished) batch.remove(sequence);
        else sequence.feed.push(token);
        return { sequence: indices.get(sequence)!, token, logProbability, finished };
      });
      yield* tokens;
    }
  } finally {
    batch.dispose();
  }
}

function sequencesOf<T extends Tensor>(model: Model<T>, args: GenerateArgs): readonly Sequence<T>[] {
  const { prompts, maxNewTokens, seed = 0 } = args;
  const sampling = checkSampling(args);
  if (!Number.isSafeInteger(maxNewTokens) || maxNewTokens < 0)
    throw new ShapeError(
      `generate: maxNewTokens must be an integer from 0, got ${maxNewTokens}. Correct the argument.`,
    );
  checkSeed("generate", seed);
  checkSeed("generate", seed + prompts.length);
  const empty = prompts.findIndex((prompt) => prompt.length === 0);
  if (empty >= 0)
    throw new ShapeError(
      `generate: prompts must have at least one token, got none in prompt ${empty}. Open it with the tokenizer's BOS.`,
    );
  return prompts.map((prompt, i) => ({
    feed: new Feed(model.ops, [prompt]),
    sampling,
    draws: new Draws(seed + i),
    left: maxNewTokens,
    keep: false,
  }));
}
