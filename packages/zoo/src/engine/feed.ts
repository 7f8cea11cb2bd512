import type { Ops, Tensor } from "@webfla/ops";
import { count, type Segment } from "../models/interleave";

/** Tokens, or segments of tokens and feature vectors. */
export type Prompt<T> = Int32Array | readonly Segment<T>[];

export const segmentsOf = <T>(prompt: Prompt<T>): readonly Segment<T>[] =>
  prompt instanceof Int32Array ? [prompt] : prompt;

/** What a model has not seen of a sequence yet, taken from its front. Keeps its own hold of feature vectors. */
export class Feed<T extends Tensor> {
  readonly #segments: Segment<T>[];
  /** Of the first segment, taken. */
  #start = 0;
  #length: number;
  #taken = 0;

  constructor(
    readonly ops: Ops<T>,
    prompt: readonly Segment<T>[],
  ) {
    this.#segments = prompt
      .filter((s) => count(s) > 0)
      .map((s) => (s instanceof Int32Array ? s : ops.reshape(s, s.shape)));
    this.#length = this.#segments.reduce((sum, s) => sum + count(s), 0);
  }

  get length(): number {
    return this.#length;
  }

  /** Tokens taken since the start. */
  get taken(): number {
    return this.#taken;
  }

  push(token: number): void {
    this.#segments.push(Int32Array.of(token));
    this.#length++;
  }

  /** The next tokens. Feature vectors belong to the scope around the call. */
  take(total: number): readonly Segment<T>[] {
    const parts: Segment<T>[] = [];
    this.#length -= total;
    this.#taken += total;
    while (total > 0) {
      const segment = this.#segments[0]!;
      const end = Math.min(count(segment), this.#start + total);
      parts.push(this.#part(segment, this.#start, end));
      total -= end - this.#start;
      this.#start = end;
      if (end < count(segment)) break;
      this.#segments.shift();
      this.#start = 0;
      release(segment);
    }
    return parts;
  }

  dispose(): void {
    for (const segment of this.#segments.splice(0)) release(segment);
    this.#length = 0;
  }

  #part(segment: Segment<T>, start: number, end: number): Segment<T> {
    return segment instanceof Int32Array
      ? segment.subarray(start, end)
      : this.ops.slice({ x: segment, axis: 0, start, end });
  }
}

function release(segment: Segment<Tensor>): void {
  if (!(segment instanceof Int32Array)) segment.dispose();
}
