import { ShapeError, showShape, type Tensor } from "@webfla/ops";
import { checkSeed, Draws } from "../generate/draws";
import { checkSampling, type SamplingOptions } from "../generate/sampling";
import { checkTokens } from "../models/interleave";
import type { Model } from "../models/model";
import type { Tokenizer } from "../tokenizers";
import type { Sequence } from "./batch";
import { Feed, type Prompt, segmentsOf } from "./feed";
import { drawsOf, type Snapshot } from "./snapshot";
import { StopText } from "./stops";

export interface GenerationRequest<T extends Tensor> extends SamplingOptions {
  /** Tokens, or segments of tokens and feature vectors [n, hidden], which may be disposed once the request is made. */
  readonly prompt?: Prompt<T> | undefined;
  /** What the prompt goes on from. It stays the caller's, and may be disposed once the request is made. */
  readonly from?: Snapshot<T> | undefined;
  /** 0 runs the prompt alone, which is of use with `keep`. */
  readonly maxNewTokens: number;
  /** Seeds the request's own stream of random numbers. Default: `from`'s stream where it stands, or 0. */
  readonly seed?: number | undefined;
  /** The request ends with the first of these. */
  readonly stopTokens?: readonly number[] | undefined;
  /** The text ends before the first of these. Wants a tokenizer. */
  readonly stop?: readonly string[] | undefined;
  /** Whether the result has a snapshot of the sequence at its end. Default false. */
  readonly keep?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A request as the engine runs it: its sequence, its limits and its text. */
export class Request<T extends Tensor> {
  readonly sequence: Sequence<T>;
  readonly limit: number;
  readonly stopTokens: ReadonlySet<number>;
  /** Prompt tokens, without those behind a snapshot. */
  readonly promptTokens: number;
  /** Tokens given out. */
  made = 0;
  /** The last of them. */
  last: number | undefined;
  readonly #text: { readonly stream: ReturnType<Tokenizer["stream"]>; readonly stop: StopText } | undefined;

  constructor(
    model: Model<T>,
    request: GenerationRequest<T>,
    tokenizer: Pick<Tokenizer, "stream"> | undefined,
  ) {
    const { prompt = [], from, maxNewTokens, seed, stopTokens = [], stop = [], keep = false } = request;
    const { ops, architecture } = model;
    if (!Number.isSafeInteger(maxNewTokens) || maxNewTokens < 0)
      throw new ShapeError(
        `engine: maxNewTokens must be an integer from 0, got ${maxNewTokens}. Correct the argument.`,
      );
    if (seed !== undefined) checkSeed("engine", seed);
    if (stop.length && !tokenizer)
      throw new ShapeError("engine: stop strings must have a tokenizer, got none. Give the engine one.");
    if (stop.includes(""))
      throw new ShapeError('engine: stop strings must have a character, got "". Leave it out.');
    if (from && from.model.ops !== ops)
      throw new ShapeError(
        `engine: from must be on the engine's device, got a snapshot on another. Save it, and load it with this model.`,
      );
    const sampling = checkSampling(request, "engine");
    const segments = segmentsOf(prompt);
    for (const segment of segments)
      if (segment instanceof Int32Array) checkTokens("engine", segment, architecture.vocabSize);
      else if (segment.shape.length !== 2 || segment.shape[1] !== architecture.hiddenSize)
        throw new ShapeError(
          `engine: features must be [n, ${architecture.hiddenSize}], got ${showShape(segment.shape)}. Project them to the model's width.`,
        );
    const feed = new Feed(ops, [from?.pending ?? new Int32Array(0), ...segments]);
    if (feed.length === 0)
      throw new ShapeError(
        "engine: prompt must have at least one token, got none. Open it with the tokenizer's BOS.",
      );
    this.limit = maxNewTokens;
    this.stopTokens = new Set(stopTokens);
    this.promptTokens = feed.length;
    this.#text = tokenizer && { stream: tokenizer.stream(), stop: new StopText(stop) };
    this.sequence = {
      feed,
      sampling,
      draws: seed === undefined && from ? drawsOf(from) : new Draws(seed ?? 0),
      // a prompt that is run alone takes a step too
      left: Math.max(maxNewTokens, 1),
      keep,
      start: from?.share(),
    };
  }

  /** The text that a token brings; all that is left of it with the last. */
  textOf(token: number, last: boolean): { readonly text: string; readonly stopped: boolean } {
    if (!this.#text) return { text: "", stopped: false };
    const { stream, stop } = this.#text;
    const pushed = stop.push(stream.push(token) + (last ? stream.end() : ""));
    return last && !pushed.stopped ? { text: pushed.text + stop.end(), stopped: false } : pushed;
  }
}
