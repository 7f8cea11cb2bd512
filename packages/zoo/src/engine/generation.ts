import type { Tensor } from "@webfla/ops";
import type { Snapshot } from "./snapshot";

/** Why a request ended: a stop token or stop string, or its length. */
export type Finish = "stop" | "length";

export interface Piece {
  readonly token: number;
  /** Under the model itself, before temperature, topK and topP. */
  readonly logProbability: number;
  /** What is sure to belong to the text; what may begin a stop string comes later, or never. Empty without a tokenizer. */
  readonly text: string;
  /** Set on the last piece. */
  readonly finished: Finish | undefined;
}

export interface GenerationResult<T extends Tensor> {
  readonly tokens: Int32Array;
  readonly logProbabilities: Float32Array;
  readonly text: string;
  readonly finished: Finish;
  /** Where `keep` was asked for; the caller disposes it. */
  readonly snapshot: Snapshot<T> | undefined;
}

/** What an engine does for a request that is under way. */
export interface Controls<T extends Tensor> {
  cancel(reason?: unknown): void;
  snapshot(): Promise<Snapshot<T>>;
  rollback(snapshot: Snapshot<T>, tokens?: Int32Array): Promise<void>;
}

/** A request under way. Iterates over its pieces as they come; leaving the loop early cancels it. */
export class Generation<T extends Tensor> implements AsyncIterable<Piece> {
  readonly #pieces: Piece[] = [];
  #end: { readonly error?: unknown } | undefined;
  #wake: () => void = () => {};
  #next = this.#later();
  #settle: { resolve(result: GenerationResult<T>): void; reject(error: unknown): void } | undefined;

  /** All of it, at the end. Rejects with what ended the request otherwise: AbortedError, what the device threw. */
  readonly result: Promise<GenerationResult<T>> = new Promise((resolve, reject) => {
    this.#settle = { resolve, reject };
  });

  constructor(readonly controls: Controls<T>) {
    // who iterates need not look at the result
    this.result.catch(() => {});
  }

  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** Ends the request with an AbortedError. */
  cancel(reason?: unknown): void {
    this.controls.cancel(reason);
  }

  /** The sequence as it stands after the last token, as soon as there is one. Rejects where the request ends before. */
  snapshot(): Promise<Snapshot<T>> {
    return this.controls.snapshot();
  }

  /**
   * Goes on from a snapshot of this sequence followed by `tokens`, in place of what came after it; what was given out
   * stays given out, and counts. Rejects where the request ends before.
   */
  rollback(snapshot: Snapshot<T>, tokens?: Int32Array): Promise<void> {
    return this.controls.rollback(snapshot, tokens);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Piece, void, undefined> {
    try {
      for (let i = 0; ; i++) {
        while (i >= this.#pieces.length) {
          if (this.#end) {
            if ("error" in this.#end) throw this.#end.error;
            return;
          }
          await this.#next;
        }
        yield this.#pieces[i]!;
      }
    } finally {
      if (!this.#end) this.cancel("the reader left");
    }
  }

  /** For the engine. */
  push(piece: Piece): void {
    this.#pieces.push(piece);
    this.#turn();
  }

  /** For the engine: no piece follows. */
  finish(finished: Finish, snapshot: Snapshot<T> | undefined): void {
    this.#end = {};
    this.#settle!.resolve({
      tokens: Int32Array.from(this.#pieces, (p) => p.token),
      logProbabilities: Float32Array.from(this.#pieces, (p) => p.logProbability),
      text: this.#pieces.map((p) => p.text).join(""),
      finished,
      snapshot,
    });
    this.#turn();
  }

  /** For the engine: no piece follows, and readers get the error. */
  fail(error: unknown): void {
    this.#end = { error };
    this.#settle!.reject(error);
    this.#turn();
  }

  #later(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #turn(): void {
    const wake = this.#wake;
    this.#next = this.#later();
    wake();
  }
}
