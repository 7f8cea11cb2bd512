import { ShapeError } from "@webfla/ops";
import { randomStream } from "./random";

/** Throws ShapeError for what cannot seed a stream. */
export function checkSeed(op: string, seed: number): void {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new ShapeError(`${op}: seed must be an integer in 0..2^53, got ${seed}. Correct the argument.`);
}

/** A sequence's stream of random numbers, which another can take up where it stands. */
export class Draws {
  readonly #next: () => number;
  #made = 0;

  constructor(
    readonly seed: number,
    made = 0,
  ) {
    this.#next = randomStream(seed);
    while (this.#made < made) this.next();
  }

  /** Numbers taken. */
  get made(): number {
    return this.#made;
  }

  next(): number {
    this.#made++;
    return this.#next();
  }
}
