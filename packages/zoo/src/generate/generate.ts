import { ShapeError, type Tensor } from "@webfla/ops";
import { fromLengths, pack, type Varlen } from "@webfla/varlen";
import { throwIfAborted } from "../errors";
import type { Model } from "../models/model";
import { type ModelState, selectState } from "../models/state";
import { randomStream } from "./random";
import { checkSampling, type Sample, type SamplingOptions, sample } from "./sample";

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

interface Live {
  readonly sequence: number;
  readonly random: () => number;
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
  const { prompts, maxNewTokens, stopTokens = [], signal } = args;
  const sampling = checkSampling(args);
  let live = streams(args);
  if (live.length === 0 || maxNewTokens === 0) return;
  let { tokens, varlen } = pack(prompts);
  let state: ModelState<T> | undefined;
  try {
    for (let made = 1; live.length; made++) {
      throwIfAborted("generate", signal);
      const last = made === maxNewTokens;
      const next = model.forward({ tokens, varlen, state, wantState: !last, rows: "last" });
      state?.dispose();
      state = next.state;
      const rows = await readRows(model, next.logits);
      throwIfAborted("generate", signal);
      const samples = live.map(({ random }, i) => sample(rows(i), sampling, random));
      const ends = samples.map(({ token }) =>
        stopTokens.includes(token) ? "stop" : last ? "length" : undefined,
      );
      for (const [i, { sequence }] of live.entries()) yield { sequence, ...samples[i]!, finished: ends[i] };
      const on = [...live.keys()].filter((i) => !ends[i]);
      if (state && on.length < live.length) state = replace(model, state, on);
      live = on.map((i) => live[i]!);
      ({ tokens, varlen } = oneEach(on.map((i) => samples[i]!.token)));
    }
  } finally {
    state?.dispose();
  }
}

function streams({ prompts, maxNewTokens, seed = 0 }: GenerateArgs): readonly Live[] {
  if (!Number.isSafeInteger(maxNewTokens) || maxNewTokens < 0)
    throw new ShapeError(
      `generate: maxNewTokens must be an integer from 0, got ${maxNewTokens}. Correct the argument.`,
    );
  if (!Number.isSafeInteger(seed) || seed < 0 || !Number.isSafeInteger(seed + prompts.length))
    throw new ShapeError(`generate: seed must be an integer in 0..2^53, got ${seed}. Correct the argument.`);
  const empty = prompts.findIndex((prompt) => prompt.length === 0);
  if (empty >= 0)
    throw new ShapeError(
      `generate: prompts must have at least one token, got none in prompt ${empty}. Open it with the tokenizer's BOS.`,
    );
  return prompts.map((_, sequence) => ({ sequence, random: randomStream(seed + sequence) }));
}

/** Reads [N, vocabulary] logits and frees them. */
async function readRows<T extends Tensor>(
  { ops }: Model<T>,
  logits: T,
): Promise<(row: number) => Float32Array> {
  try {
    const V = logits.shape[1]!;
    const values = (await ops.read(logits)) as Float32Array;
    return (row) => values.subarray(row * V, (row + 1) * V);
  } finally {
    logits.dispose();
  }
}

function replace<T extends Tensor>(
  { ops }: Model<T>,
  state: ModelState<T>,
  on: readonly number[],
): ModelState<T> {
  const selected = selectState(ops, state, on);
  state.dispose();
  return selected;
}

const oneEach = (tokens: readonly number[]): { tokens: Int32Array; varlen: Varlen } => ({
  tokens: Int32Array.from(tokens),
  varlen: fromLengths(new Uint32Array(tokens.length).fill(1)),
});
