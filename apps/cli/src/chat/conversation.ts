import type { Tensor } from "@webfla/ops";
import {
  type ChatTemplate,
  type Engine,
  type Generation,
  type Piece,
  type SamplingOptions,
  Snapshot,
  type Tokenizer,
} from "@webfla/zoo";

export type Message = {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
};

export interface ConversationOptions {
  /** With a chat template. */
  readonly tokenizer: Tokenizer;
  readonly stopTokens: readonly number[];
  readonly sampling: SamplingOptions & {
    readonly maxNewTokens: number;
    readonly seed: number;
    readonly stop?: readonly string[] | undefined;
  };
  /** What is said before all else. */
  readonly system?: string | undefined;
}

/** A text, and the model's state behind it. */
export interface Held<T extends Tensor> {
  readonly text: string;
  readonly snapshot: Snapshot<T>;
}

/** Turns that are one text: each of the user's begins a line, and the model goes on where it ends. */
export const plainTemplate: ChatTemplate = (messages) =>
  messages.reduce((text, { role, content }) => `${text}${text && role === "user" ? "\n" : ""}${content}`, "");

/**
 * A conversation whose state the engine carries from turn to turn: a turn reads no more than what its prompt has beyond
 * the text that was held before.
 */
export class Conversation<T extends Tensor> {
  #messages: readonly Message[];
  #held: Held<T> | undefined;

  constructor(
    readonly engine: Engine<T>,
    readonly options: ConversationOptions,
  ) {
    this.#messages = this.#opening;
  }

  get messages(): readonly Message[] {
    return this.#messages;
  }

  get held(): Held<T> | undefined {
    return this.#held;
  }

  get #opening(): readonly Message[] {
    const { system } = this.options;
    return system ? [{ role: "system", content: system }] : [];
  }

  reset(): void {
    this.restore(this.#opening, undefined);
  }

  /** Goes on from another conversation's state, which is owned from here on. */
  restore(messages: readonly Message[], held: Held<T> | undefined): void {
    this.#held?.snapshot.dispose();
    this.#messages = messages;
    this.#held = held;
  }

  /** Says something and gives the answer piece by piece. Where the signal fires, the answer ends with what was said. */
  async *say(content: string, signal?: AbortSignal): AsyncGenerator<string, void, undefined> {
    const { stopTokens, sampling, tokenizer } = this.options;
    const messages = [...this.#messages, { role: "user" as const, content }];
    const prompt = tokenizer.chat!(messages);
    // a template may write what was said otherwise than it was: then all of it is read again
    const held = this.#held && prompt.startsWith(this.#held.text) ? this.#held : undefined;
    const generation = this.engine.submit({
      ...sampling,
      prompt: this.#encode(prompt.slice(held?.text.length ?? 0), held === undefined),
      from: held?.snapshot,
      // a state brings its own stream of random numbers
      seed: held ? undefined : sampling.seed,
      stopTokens,
      keep: true,
    });
    let interrupted: Promise<Snapshot<T> | undefined> | undefined;
    const interrupt = () => {
      interrupted = takeAndCancel(generation).catch(() => undefined);
    };
    signal?.addEventListener("abort", interrupt, { once: true });
    let answer = "";
    let last: Piece | undefined;
    try {
      for await (const piece of generation) {
        answer += piece.text;
        last = piece;
        if (piece.text) yield piece.text;
      }
    } catch (error) {
      if (!interrupted) throw error;
    } finally {
      signal?.removeEventListener("abort", interrupt);
    }
    const snapshot = (await interrupted) ?? (await generation.result).snapshot!;
    this.#messages = [...messages, { role: "assistant", content: answer }];
    const ended = last?.finished === "stop";
    if (ended && !stopTokens.includes(last!.token)) {
      // the state has seen a stop string, which the text does not have
      snapshot.dispose();
      return;
    }
    this.#held?.snapshot.dispose();
    this.#held = { text: prompt + answer, snapshot: ended ? withoutPending(snapshot) : snapshot };
  }

  #encode(text: string, opens: boolean): Int32Array {
    const { tokenizer } = this.options;
    return tokenizer.encode(text, { bos: opens && (tokenizer.opensChats ?? false) });
  }
}

async function takeAndCancel<T extends Tensor>(generation: Generation<T>): Promise<Snapshot<T>> {
  const snapshot = await generation.snapshot();
  generation.cancel();
  return snapshot;
}

/** A stop token is no part of the text; templates write it where they want it. */
const withoutPending = <T extends Tensor>({ model, state, seed, draws }: Snapshot<T>): Snapshot<T> =>
  new Snapshot(model, state, new Int32Array(0), seed, draws);
