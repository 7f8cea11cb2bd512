import { randomInt, randomUUID } from "node:crypto";
import type { HttpBindings } from "@hono/node-server";
import { AbortedError } from "@webfla/ops";
import type { Piece } from "@webfla/zoo";
import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import { ApiError, apiError } from "./api-error";
import type { Metrics } from "./metrics";
import type { Request, Runner } from "./runner";

export interface Limits {
  /** Most tokens of a prompt. */
  readonly promptTokens: number;
  /** Most tokens that a request may ask for. */
  readonly newTokens: number;
}

export interface Server {
  readonly runner: Runner;
  readonly limits: Limits;
  readonly metrics: Metrics;
  /** Fires when the server will wait no longer. */
  readonly closing: AbortSignal;
}

export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
}

/** What handlers know of a request: its connection, and what it has used so far. */
export interface Env {
  Bindings: HttpBindings;
  Variables: { usage?: () => Usage };
}

/** One kind of answer: how its whole and its pieces are written. */
export interface Style {
  readonly kind: "text_completion" | "chat.completion";
  readonly idPrefix: string;
  choice(index: number, pieces: readonly Piece[]): object;
  delta(index: number, piece: Piece, first: boolean): object;
}

export interface Sampling {
  readonly model: string;
  readonly temperature: number;
  readonly top_p: number;
  readonly top_k: number;
  readonly n: number;
  readonly seed?: number | null | undefined;
  readonly stop?: string | readonly string[] | null | undefined;
  readonly stream: boolean;
  readonly stream_options?: { readonly include_usage?: boolean | null | undefined } | null | undefined;
}

export const textOf = (pieces: readonly Piece[]): string => pieces.map((p) => p.text).join("");

export function expectModel({ runner }: Server, model: string): void {
  if (model !== runner.id)
    throw new ApiError(
      404,
      "invalid_request_error",
      `The model ${JSON.stringify(model)} does not exist; this server has ${runner.id}.`,
      "model",
    );
}

export function expectLength({ limits }: Server, tokens: Int32Array, param: string): Int32Array {
  if (tokens.length === 0)
    throw new ApiError(400, "invalid_request_error", `${param}: it must have at least one token.`, param);
  if (tokens.length > limits.promptTokens)
    throw new ApiError(
      400,
      "invalid_request_error",
      `${param}: it must have at most ${limits.promptTokens} tokens, got ${tokens.length}. Shorten it.`,
      param,
    );
  return tokens;
}

/** Continues each prompt `n` times, as one answer or as a stream of server-sent events. */
export function answer(
  context: Context<Env>,
  server: Server,
  style: Style,
  prompts: readonly Int32Array[],
  maxNewTokens: number,
  sampling: Sampling,
): Response | Promise<Response> {
  const { runner, metrics, limits, closing } = server;
  if (maxNewTokens > limits.newTokens)
    throw new ApiError(
      400,
      "invalid_request_error",
      `max_tokens: it must be at most ${limits.newTokens}, got ${maxNewTokens}.`,
      "max_tokens",
    );
  const seed = sampling.seed ?? randomInt(2 ** 47);
  const stop = [sampling.stop ?? []].flat();
  const gone = new AbortController();
  const signal = AbortSignal.any([context.req.raw.signal, closing, gone.signal]);
  const requests = prompts
    .flatMap((prompt) => Array.from({ length: sampling.n }, () => prompt))
    .map(
      (prompt, i): Request => ({
        prompt,
        maxNewTokens,
        temperature: sampling.temperature,
        topP: sampling.top_p,
        topK: sampling.top_k,
        seed: seed + i,
        stop,
        signal,
      }),
    );
  const prompt_tokens = prompts.reduce((sum, p) => sum + p.length, 0);
  const start = performance.now();
  let [completion_tokens, first] = [0, true];
  const usage = () => ({ prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens });
  const head = {
    id: `${style.idPrefix}-${randomUUID()}`,
    created: Math.floor(Date.now() / 1000),
    model: runner.id,
  };
  // all are submitted at once, or none: a full queue refuses the whole request before a byte is sent
  let runs: readonly AsyncIterable<Piece>[];
  try {
    runs = requests.map((request) => runner.complete(request));
  } catch (error) {
    gone.abort(error);
    throw error;
  }
  context.set("usage", usage);
  metrics.promptTokens.inc(prompt_tokens);
  const each = async (
    visit: (index: number, piece: Piece, n: number) => Promise<void> | void,
  ): Promise<void> => {
    const follow = async (run: AsyncIterable<Piece>, index: number): Promise<void> => {
      let n = 0;
      for await (const piece of run) {
        if (first) metrics.firstToken.observe((performance.now() - start) / 1000);
        first = false;
        completion_tokens++;
        metrics.newTokens.inc();
        await visit(index, piece, n++);
      }
    };
    try {
      await Promise.all(runs.map(follow));
    } catch (error) {
      gone.abort(error);
      throw error;
    }
  };

  if (!sampling.stream) {
    const pieces = requests.map((): Piece[] => []);
    return each((index, piece) => void pieces[index]!.push(piece)).then(() =>
      context.json({
        ...head,
        object: style.kind,
        choices: pieces.map((own, index) => style.choice(index, own)),
        usage: usage(),
      }),
    );
  }
  const object = style.kind === "chat.completion" ? "chat.completion.chunk" : style.kind;
  return streamSSE(context, async (stream) => {
    stream.onAbort(() => gone.abort(new AbortedError("serve: the client went away.")));
    const send = (data: object) => stream.writeSSE({ data: JSON.stringify({ ...head, object, ...data }) });
    try {
      await each((index, piece, n) => send({ choices: [style.delta(index, piece, n === 0)] }));
      if (sampling.stream_options?.include_usage) await send({ choices: [], usage: usage() });
      await stream.writeSSE({ data: "[DONE]" });
    } catch (error) {
      // the status line is gone: the error is an event, as OpenAI's clients expect
      if (!stream.aborted) await stream.writeSSE({ data: JSON.stringify(apiError(error).body) });
    }
  });
}
