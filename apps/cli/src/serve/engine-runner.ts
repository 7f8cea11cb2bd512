import { DeviceLostError, ShaderError, type Tensor, UnsupportedError } from "@webfla/ops";
import {
  applyChatTemplate,
  BusyError,
  Engine,
  embed,
  type Generation,
  type Model,
  type Tokenizer,
} from "@webfla/zoo";
import type { LoadedText } from "../checkpoint";
import type { Load, Message, Request, Runner } from "./runner";

export interface EngineRunnerOptions {
  /** Sequences that are written at once. */
  readonly maxSequences: number;
  /** Sequences that may wait for a place, and requests for embeddings that may wait for their turn. */
  readonly maxQueued: number;
  /** Most tokens of one forward pass. */
  readonly tokenBudget: number;
}

/** What the device will not get over. */
const isFatal = (error: unknown): boolean => error instanceof DeviceLostError || error instanceof ShaderError;

/** A model as a server runs it: one engine writes all texts, and embeddings take turns beside it. */
export class EngineRunner<T extends Tensor> implements Runner {
  readonly id: string;
  readonly tokenizer: Tokenizer;
  /** Rejects with an error of the device, after which nothing more can be run. */
  readonly failed: Promise<never>;
  readonly #model: Model<T>;
  readonly #stopTokens: readonly number[];
  readonly #options: EngineRunnerOptions;
  readonly #engine: Engine<T>;
  /** Ends with the last request for embeddings. */
  #embeddings: Promise<unknown> = Promise.resolve();
  #embedding = 0;
  #fail: (error: unknown) => void = () => {};

  constructor({ name, model, tokenizer, stopTokens }: LoadedText<T>, options: EngineRunnerOptions) {
    this.id = name;
    this.tokenizer = tokenizer;
    this.#model = model;
    this.#stopTokens = stopTokens;
    this.#options = options;
    this.#engine = new Engine(model, { ...options, tokenizer });
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => {});
  }

  complete(request: Request): Generation<T> {
    const generation = this.#engine.submit({ ...request, stopTokens: this.#stopTokens });
    this.#watch(generation.result);
    return generation;
  }

  /** Its passes come between the engine's steps; one request at a time, so that what waits takes no memory. */
  embed(inputs: readonly Int32Array[], signal: AbortSignal): Promise<readonly Float32Array[]> {
    const { maxQueued, tokenBudget } = this.#options;
    if (this.#embedding > maxQueued)
      throw new BusyError(
        `embed: at most ${maxQueued} requests must wait, got one more. Try again when some have ended.`,
      );
    this.#embedding++;
    const vectors = this.#embeddings.then(() => embed(this.#model, inputs, { tokenBudget, signal }));
    this.#embeddings = vectors
      .catch(() => {})
      .finally(() => {
        this.#embedding--;
      });
    this.#watch(vectors);
    return vectors;
  }

  conversation(messages: readonly Message[]): Int32Array {
    if (!this.tokenizer.chat)
      throw new UnsupportedError(
        `chat: ${this.id} must have a chat template, got none. Ask /v1/completions, or serve it with --chat-template.`,
      );
    // older templates know no developer
    const known = messages.map(({ role, content }) => ({
      role: role === "developer" ? "system" : role,
      content,
    }));
    return applyChatTemplate(this.tokenizer, known);
  }

  load(): Load {
    const { running, queued } = this.#engine.stats;
    const turn = Math.min(this.#embedding, 1);
    return { running: running + turn, queued: queued + this.#embedding - turn };
  }

  /** Waits until all that was taken has ended. */
  async close(): Promise<void> {
    await Promise.all([this.#engine.close(), this.#embeddings]);
  }

  dispose(): void {
    this.#engine.dispose();
  }

  #watch(work: Promise<unknown>): void {
    work.catch((error) => {
      if (isFatal(error)) this.#fail(error);
    });
  }
}
