/** Moves the state on by write or token i. */
type Advance = (i: number, before: Float32Array, after: Float32Array) => void;
/** Goes back over i: between the states before and after it. */
type Retreat = (i: number, before: Float32Array, after: Float32Array) => void;

/**
 * Runs a recurrence forwards and then backwards over its own states, in 2 √n states of memory for n steps: every √n-th is
 * kept, and those between are computed again.
 */
export class Replay {
  readonly #kept: readonly Float32Array[];
  readonly #between: readonly Float32Array[];

  /** `longest` steps at most, states of `size` numbers. */
  constructor(longest: number, size: number) {
    const count = Math.ceil(Math.sqrt(longest)) + 1;
    const states = () => Array.from({ length: count }, () => new Float32Array(size));
    [this.#kept, this.#between] = [states(), states()];
  }

  /** The state that `run` starts from, to be written first. */
  get start(): Float32Array {
    return this.#kept[0]!;
  }

  run(steps: number, advance: Advance, retreat: Retreat): void {
    const size = Math.ceil(Math.sqrt(steps));
    const chunks = size && Math.ceil(steps / size);
    for (let chunk = 0; chunk < chunks - 1; chunk++)
      this.#kept[chunk + 1]!.set(this.#forwards(chunk * size, size, this.#kept[chunk]!, advance));
    for (let chunk = chunks - 1; chunk >= 0; chunk--) {
      const first = chunk * size;
      const count = Math.min(size, steps - first);
      this.#forwards(first, count, this.#kept[chunk]!, advance);
      for (let j = count - 1; j >= 0; j--) retreat(first + j, this.#between[j]!, this.#between[j + 1]!);
    }
  }

  #forwards(first: number, count: number, from: Float32Array, advance: Advance): Float32Array {
    this.#between[0]!.set(from);
    for (let j = 0; j < count; j++) advance(first + j, this.#between[j]!, this.#between[j + 1]!);
    return this.#between[count]!;
  }
}
