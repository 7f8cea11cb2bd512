import type { Piece } from "@webfla/zoo";
import { type Style, textOf } from "./completion";
import type { Runner } from "./runner";

/** Of an answer so far; one that was to have no token has them all. */
const finish = (pieces: readonly Piece[]): string | null =>
  pieces.length ? (pieces.at(-1)!.finished ?? null) : "length";

/** Answers of /v1/completions. */
export function completionStyle({ tokenizer }: Runner, logprobs: boolean): Style {
  const choice = (index: number, pieces: readonly Piece[]): object => ({
    index,
    text: textOf(pieces),
    finish_reason: finish(pieces),
    logprobs: logprobs
      ? {
          tokens: pieces.map((p) => tokenizer.decode([p.token])),
          token_logprobs: pieces.map((p) => p.logProbability),
          top_logprobs: null,
          text_offset: offsets(pieces),
        }
      : null,
  });
  return {
    kind: "text_completion",
    idPrefix: "cmpl",
    choice,
    delta: (index, piece) => choice(index, [piece]),
  };
}

function offsets(pieces: readonly Piece[]): number[] {
  let at = 0;
  return pieces.map(({ text }) => {
    const here = at;
    at += text.length;
    return here;
  });
}

/** Answers of /v1/chat/completions. */
export function chatStyle({ tokenizer }: Runner, logprobs: boolean): Style {
  const content = (pieces: readonly Piece[]) =>
    pieces.map(({ token, logProbability }) => {
      const shown = tokenizer.decode([token]);
      return {
        token: shown,
        logprob: logProbability,
        bytes: [...new TextEncoder().encode(shown)],
        top_logprobs: [],
      };
    });
  const logprobsOf = (pieces: readonly Piece[]) =>
    logprobs ? { content: content(pieces), refusal: null } : null;
  return {
    kind: "chat.completion",
    idPrefix: "chatcmpl",
    choice: (index, pieces) => ({
      index,
      message: { role: "assistant", content: textOf(pieces), refusal: null },
      finish_reason: finish(pieces),
      logprobs: logprobsOf(pieces),
    }),
    delta: (index, piece, first) => ({
      index,
      delta: { ...(first && { role: "assistant" }), content: piece.text },
      finish_reason: finish([piece]),
      logprobs: logprobsOf([piece]),
    }),
  };
}
