import { AbortedError, DisposedError, ShapeError, type Tensor, WebflaError } from "@webfla/ops";
import { disposeKey } from "../disposable";
import type { Model } from "../models/model";
import type { Tokenizer } from "../tokenizers";
import { Batch, type Choice, PREFILL_ALIGNMENT, type Sequence } from "./batch";
import { BusyError } from "./errors";
import { Feed } from "./feed";
import { type Finish, Generation } from "./generation";
import { type GenerationRequest, Request } from "./request";
import { drawsOf, Snapshot } from "./snapshot";
import { turn } from "./turn";

export interface EngineOptions {
  /** Requests that run at once. Default 32. */
  readonly maxSequences?: number | undefined;
  /** Requests that may wait for a place; one more is refused with a BusyError. Default 256. */
  readonly maxQueued?: number | undefined;
  /** Most tokens of one forward pass; longer prompts are run in parts. Default 2048. */
  readonly tokenBudget?: number | undefined;
  /** Gives pieces their text, and finds stop strings. */
  readonly tokenizer?: Pick<Tokenizer, "stream"> | undefined;
}

export interface EngineStats {
  readonly running: number;
  readonly queued: number;
  /** Since the engine was made. */
  readonly steps: number;
  readonly promptTokens: number;
  readonly newTokens: number;
}

interface Live<T extends Tensor> {
  readonly request: Request<T>;
  readonly generation: Generation<T>;
  /** What waits for the end of a step in which it has a token. */
  readonly waiting: { readonly run: () => void; readonly fail: (error: unknown) => void }[];
  readonly unlisten: () => void;
}

/**
 * Serves requests that come and go: every step runs whatever there is, prompts or parts of them and single tokens, as one
 * packed forward pass. What a request gets does not depend on its neighbours, and its errors end it alone; an error of the
 * device ends all. The model stays the caller's, and its parameters may be replaced between steps.
 */
export class Engine<T extends Tensor> implements Disposable {
  readonly #batch: Batch<T>;
  readonly #queue: Live<T>[] = [];
  readonly #running = new Map<Sequence<T>, Live<T>>();
  readonly #limits: { readonly maxSequences: number; readonly maxQueued: number };
  readonly #tokenizer: EngineOptions["tokenizer"];
  #closed = false;
  #stepping = false;
  #driving: Promise<void> | undefined;
  #totals = { steps: 0, promptTokens: 0, newTokens: 0 };

  constructor(
    readonly model: Model<T>,
    { maxSequences = 32, maxQueued = 256, tokenBudget = 2048, tokenizer }: EngineOptions = {},
  ) {
    expectAtLeast("maxSequences", maxSequences, 1);
    expectAtLeast("maxQueued", maxQueued, 0);
    // a token of each that runs, and a part of a prompt
    expectAtLeast("tokenBudget", tokenBudget, maxSequences + PREFILL_ALIGNMENT);
    this.#limits = { maxSequences, maxQueued };
    this.#tokenizer = tokenizer;
    this.#batch = new Batch(model, tokenBudget);
  }

  get stats(): EngineStats {
    return { running: this.#running.size, queued: this.#queue.length, ...this.#totals };
  }

  /**
   * Takes a request, which runs from the next step on or waits for a place. Throws BusyError where too many wait,
   * ShapeError for what cannot be, DisposedError once the engine is closed.
   */
  submit(request: GenerationRequest<T>): Generation<T> {
    const { maxSequences, maxQueued } = this.#limits;
    if (this.#closed)
      throw new DisposedError("engine: it must be open, got a closed one. Make another for this model.");
    if (this.#queue.length >= maxQueued + maxSequences - this.#running.size)
      throw new BusyError(
        `engine: at most ${maxQueued} requests must wait, got one more. Try again when some have ended.`,
      );
    const live = this.#live(new Request(this.model, request, this.#tokenizer), request.signal);
    this.#queue.push(live);
    if (request.signal?.aborted) this.#cancel(live, request.signal.reason);
    this.#drive();
    return live.generation;
  }

  /** Runs a prompt alone, for requests that go on from it. Rejects as `Generation.result` does. */
  async prefill(request: Pick<GenerationRequest<T>, "prompt" | "from" | "signal">): Promise<Snapshot<T>> {
    const { snapshot } = await this.submit({ ...request, maxNewTokens: 0, keep: true }).result;
    return snapshot!;
  }

  /** Takes no more requests, and waits until those taken have ended. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#driving;
  }

  /** Ends every request with a DisposedError and frees all but the model. */
  dispose(): void {
    this.#closed = true;
    this.#endAll(new DisposedError("engine: it must be open, got disposed. Wait for close() before."));
  }

  [disposeKey](): void {
    this.dispose();
  }

  #live(request: Request<T>, signal: AbortSignal | undefined): Live<T> {
    const generation = new Generation<T>({
      cancel: (reason) => this.#cancel(live, reason),
      snapshot: () => this.#between(live, () => this.#snapshot(live, Int32Array.of(request.last!))),
      rollback: (snapshot, tokens) => this.#between(live, () => this.#rollback(live, snapshot, tokens)),
    });
    const onAbort = () => this.#cancel(live, signal!.reason);
    signal?.addEventListener("abort", onAbort);
    const unlisten = () => signal?.removeEventListener("abort", onAbort);
    const live: Live<T> = { request, generation, waiting: [], unlisten };
    return live;
  }

  #drive(): void {
    this.#driving ??= this.#loop().finally(() => {
      this.#driving = undefined;
    });
  }

  async #loop(): Promise<void> {
    // requests that come together begin together
    await turn();
    while (this.#admit()) {
      await this.#step();
      await turn();
    }
  }

  /** Gives places to those that wait; says whether any runs. */
  #admit(): boolean {
    while (this.#queue.length && this.#running.size < this.#limits.maxSequences) {
      const live = this.#queue.shift()!;
      const { sequence, promptTokens } = live.request;
      this.#running.set(sequence, live);
      this.#totals.promptTokens += promptTokens;
      try {
        this.#batch.add(sequence);
      } catch (error) {
        this.#fail(live, error);
      }
    }
    return this.#running.size > 0;
  }

  async #step(): Promise<void> {
    this.#stepping = true;
    try {
      const choices = await this.#batch.step();
      this.#totals.steps++;
      for (const choice of choices) {
        const live = this.#running.get(choice.sequence);
        // it may have ended meanwhile
        if (live) this.#deliver(live, choice);
      }
    } catch (error) {
      this.#endAll(typed(error));
    } finally {
      this.#stepping = false;
    }
    for (const { waiting, request } of [...this.#running.values()])
      if (request.made > 0) for (const { run } of waiting.splice(0)) run();
  }

  #deliver(live: Live<T>, choice: Choice<T>): void {
    const { request, generation } = live;
    try {
      if (choice.error) throw choice.error;
      if (request.limit === 0) {
        this.#finish(live, "length", new Int32Array(0));
        return;
      }
      const { token, logProbability } = choice;
      request.made++;
      request.last = token;
      this.#totals.newTokens++;
      const ends = request.stopTokens.has(token);
      const full = request.made === request.limit;
      const { text, stopped } = request.textOf(token, ends || full);
      const finished = ends || stopped ? "stop" : full ? "length" : undefined;
      generation.push({ token, logProbability, text, finished });
      if (finished) this.#finish(live, finished, Int32Array.of(token));
      else request.sequence.feed.push(token);
    } catch (error) {
      this.#fail(live, error);
    }
  }

  /** Runs a body where no step is under way and the sequence has a token that the model has not seen. */
  #between<R>(live: Live<T>, body: () => R): Promise<R> {
    return new Promise((resolve, reject) => {
      const run = () => {
        try {
          resolve(body());
        } catch (error) {
          reject(error);
        }
      };
      if (live.generation.ended) reject(ended());
      else if (!this.#stepping && live.request.made > 0) run();
      else live.waiting.push({ run, fail: reject });
    });
  }

  #snapshot({ request }: Live<T>, pending: Int32Array): Snapshot<T> {
    const { sequence } = request;
    const { seed, made } = sequence.draws;
    return new Snapshot(this.model, this.#batch.stateOf(sequence), pending, seed, made);
  }

  #rollback({ request }: Live<T>, snapshot: Snapshot<T>, tokens: Int32Array = new Int32Array(0)): void {
    const { model } = this;
    const feed = new Feed(model.ops, [snapshot.pending, tokens]);
    if (feed.length === 0 || snapshot.model.ops !== model.ops)
      throw new ShapeError(
        "rollback: there must be a token to go on from, and a snapshot of this engine's, got others. Take it with Generation.snapshot().",
      );
    this.#batch.restart(request.sequence, snapshot.share(), feed);
    request.sequence.draws = drawsOf(snapshot);
  }

  #finish(live: Live<T>, finished: Finish, pending: Int32Array): void {
    const snapshot = live.request.sequence.keep ? this.#snapshot(live, pending) : undefined;
    this.#release(live);
    live.generation.finish(finished, snapshot);
    for (const { fail } of live.waiting) fail(ended());
  }

  #cancel(live: Live<T>, reason: unknown): void {
    if (live.generation.ended) return;
    this.#fail(
      live,
      new AbortedError(
        `engine: the request must not be aborted, got an abort (${String(reason)}). Make it again to start afresh.`,
      ),
    );
  }

  #fail(live: Live<T>, error: unknown): void {
    this.#release(live);
    live.generation.fail(error);
    for (const { fail } of live.waiting) fail(error);
  }

  #release(live: Live<T>): void {
    const { sequence } = live.request;
    live.unlisten();
    const at = this.#queue.indexOf(live);
    if (at >= 0) this.#queue.splice(at, 1);
    this.#running.delete(sequence);
    this.#batch.remove(sequence);
  }

  #endAll(error: unknown): void {
    for (const live of [...this.#running.values(), ...this.#queue]) this.#fail(live, error);
  }
}

function expectAtLeast(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw new ShapeError(
      `engine: ${name} must be an integer from ${least}, got ${value}. Correct the option.`,
    );
}

const ended = (): DisposedError =>
  new DisposedError("engine: the request must be under way, got one that has ended. Ask for it with `keep`.");

const typed = (error: unknown): unknown =>
  error instanceof WebflaError
    ? error
    : new WebflaError(
        `engine: a step must end well, got ${String(error)}. See the cause; the engine goes on with new requests.`,
        { cause: error },
      );
