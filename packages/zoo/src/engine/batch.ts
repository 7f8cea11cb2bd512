import { type Tensor, WebflaError } from "@webfla/ops";
import { fromLengths } from "@webfla/varlen";
import type { Draws } from "../generate/draws";
import type { Sample, Sampling } from "../generate/sampling";
import { blankState } from "../models/blank";
import { interleave } from "../models/interleave";
import type { Inputs, Model } from "../models/model";
import { concatStates, expectAlike, type ModelState, selectState } from "../models/state";
import type { Feed } from "./feed";

/** A sequence that a batch runs. */
export interface Sequence<T extends Tensor> {
  /** What the model has not seen yet: a prompt, then each token that was chosen. */
  feed: Feed<T>;
  readonly sampling: Sampling;
  draws: Draws;
  /** Tokens that may still be chosen. */
  left: number;
  /** Whether its state is wanted after the last of them. */
  readonly keep: boolean;
  /** The state it goes on from, until the batch has taken it in; absent at the beginning of a document. */
  start?: ModelState<T> | undefined;
}

/** What came of a sequence whose feed was used up. */
export type Choice<T extends Tensor> = { readonly sequence: Sequence<T> } & (
  | (Sample & { readonly error?: undefined })
  | { readonly error: WebflaError }
);

/** Prompts are cut at multiples of this, a kernel's chunk, so that the cuts change no sum. */
export const PREFILL_ALIGNMENT = 64;

/**
 * Sequences that run together, each step one packed forward pass over what each of them has: prompts, parts of prompts,
 * single tokens. Their states are one batch's, rebuilt only when sequences come, go or are set back.
 */
export class Batch<T extends Tensor> {
  /** Those with a row in the state first, in the order of the rows. */
  #sequences: Sequence<T>[] = [];
  /** Of each sequence in the state, its row. */
  readonly #rows = new Map<Sequence<T>, number>();
  #state: ModelState<T> | undefined;
  /** Of a sequence that has seen nothing. */
  #blank: ModelState<T> | undefined;

  constructor(
    readonly model: Model<T>,
    /** Most tokens of one step. */
    readonly tokenBudget: number,
  ) {}

  get size(): number {
    return this.#sequences.length;
  }

  /** Takes a sequence over, which the next step begins with. Throws ShapeError for the state of another model. */
  add(sequence: Sequence<T>): void {
    if (sequence.start) expectAlike("engine", sequence.start, this.#nothing());
    this.#sequences.push(sequence);
  }

  /** Frees what a sequence has. A step that runs goes on without it. */
  remove(sequence: Sequence<T>): void {
    this.#sequences = this.#sequences.filter((s) => s !== sequence);
    this.#rows.delete(sequence);
    sequence.start?.dispose();
    sequence.feed.dispose();
    if (this.#sequences.length === 0) this.#clear();
  }

  /** The state of a sequence, for the caller to keep. */
  stateOf(sequence: Sequence<T>): ModelState<T> {
    const row = this.#rows.get(sequence);
    const { ops } = this.model;
    return row === undefined
      ? selectState(ops, sequence.start ?? this.#nothing(), [0])
      : selectState(ops, this.#state!, [row]);
  }

  /** Sets a sequence back: the next step goes on from this state, which the batch takes over. */
  restart(sequence: Sequence<T>, start: ModelState<T>, feed: Feed<T>): void {
    expectAlike("rollback", start, this.#nothing());
    sequence.start?.dispose();
    sequence.feed.dispose();
    this.#rows.delete(sequence);
    Object.assign(sequence, { start, feed });
    this.#sequences = [...this.#sequences.filter((s) => s !== sequence), sequence];
  }

  /**
   * Runs what there is and chooses a token for each sequence that has no more to see; who goes on is fed it by the caller,
   * who is done is removed. Throws what the device throws; the batch is then to be disposed.
   */
  async step(): Promise<readonly Choice<T>[]> {
    const { model } = this;
    const { ops } = model;
    this.#assemble();
    const sequences = this.#sequences;
    const lengths = this.#plan();
    const choosing = sequences.map(({ feed }, n) => lengths[n] === feed.length);
    const wantState = sequences.some(({ left, keep }, n) => !choosing[n] || left > 1 || keep);
    const { token, logProbability, state } = ops.scope(() => {
      const { logits, state } = model.forward({
        ...this.#inputs(sequences, lengths),
        varlen: fromLengths(lengths),
        state: this.#state,
        wantState,
        rows: "last",
      });
      const settings = sequences.map(({ sampling, draws }, n) => {
        // the logits of who does not choose are not looked at
        const { temperature, topK, topP } = choosing[n] ? sampling : { temperature: 0, topK: 0, topP: 1 };
        return { temperature, topK, topP, uniform: temperature > 0 ? draws.next() : 0 };
      });
      const of = (name: keyof (typeof settings)[number]) => settings.map((s) => s[name]);
      const sampled = ops.sample({
        logits,
        temperature: of("temperature"),
        topK: of("topK"),
        topP: of("topP"),
        uniform: of("uniform"),
      });
      return { ...sampled, state };
    });
    this.#state?.dispose();
    this.#state = state;
    try {
      const [tokens, logProbabilities] = await Promise.all([ops.read(token), ops.read(logProbability)]);
      return sequences.flatMap((sequence, n) => {
        if (!choosing[n]) return [];
        sequence.left--;
        return [{ sequence, ...choice(tokens[n]!, logProbabilities[n]!) }];
      });
    } finally {
      token.dispose();
      logProbability.dispose();
    }
  }

  dispose(): void {
    for (const sequence of this.#sequences) this.remove(sequence);
    this.#clear();
  }

  #clear(): void {
    this.#state?.dispose();
    this.#blank?.dispose();
    this.#state = this.#blank = undefined;
    this.#rows.clear();
  }

  #nothing(): ModelState<T> {
    this.#blank ??= blankState(this.model);
    return this.#blank;
  }

  /** Gives every sequence a row of the state. */
  #assemble(): void {
    const { ops } = this.model;
    const staying = this.#sequences.filter((s) => this.#rows.has(s));
    const beginning = this.#sequences.filter((s) => !this.#rows.has(s) && !s.start);
    const resuming = this.#sequences.filter((s) => !this.#rows.has(s) && s.start);
    const rows = staying.map((s) => this.#rows.get(s)!);
    const held = this.#state?.behind.length ?? 0;
    if (rows.length === held && rows.length === this.#sequences.length) return;
    const blank = beginning.length ? this.#nothing() : undefined;
    const before = this.#state;
    this.#state = ops.scope(() =>
      concatStates(ops, [
        ...(rows.length ? [rows.length === held ? before! : selectState(ops, before!, rows)] : []),
        ...(blank ? [selectState(ops, blank, new Array<number>(beginning.length).fill(0))] : []),
        ...resuming.map((s) => s.start!),
      ]),
    );
    before?.dispose();
    for (const sequence of resuming) {
      sequence.start!.dispose();
      sequence.start = undefined;
    }
    this.#sequences = [...staying, ...beginning, ...resuming];
    for (const [row, sequence] of this.#sequences.entries()) this.#rows.set(sequence, row);
  }

  /** Tokens of each sequence in this step: one of each that has one, and as much of the prompts as the budget holds. */
  #plan(): readonly number[] {
    const feeds = this.#sequences.map(({ feed }) => feed);
    let budget = this.tokenBudget - feeds.filter((feed) => feed.length === 1).length;
    return feeds.map((feed) => {
      if (feed.length === 1) return 1;
      const cut = Math.floor((feed.taken + budget) / PREFILL_ALIGNMENT) * PREFILL_ALIGNMENT - feed.taken;
      const length = feed.length <= budget ? feed.length : Math.max(cut, 0);
      budget -= length;
      return length;
    });
  }

  #inputs(sequences: readonly Sequence<T>[], lengths: readonly number[]): Inputs<T> {
    const taken = sequences.map(({ feed }, n) => feed.take(lengths[n]!));
    const segments = taken.flat();
    const texts = segments.filter((s) => s instanceof Int32Array);
    if (texts.length < segments.length) return { inputsEmbeds: interleave(this.model, taken).inputsEmbeds };
    const tokens = new Int32Array(lengths.reduce((sum, n) => sum + n, 0));
    let at = 0;
    for (const text of texts) {
      tokens.set(text, at);
      at += text.length;
    }
    return { tokens };
  }
}

/** A sampled row; the verb marks one whose highest logit is not finite with −1 − its place. */
const choice = (token: number, logProbability: number): Sample | { readonly error: WebflaError } =>
  token >= 0
    ? { token, logProbability }
    : {
        error: new WebflaError(
          `generate: logits must be finite, got ${logProbability} for token ${-1 - token}. The checkpoint or the state is broken.`,
        ),
      };
