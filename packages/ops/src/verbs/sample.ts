import { expectFloat, expectRank } from "../check";
import { ShapeError } from "../errors";
import type { Tensor } from "../tensor";

/** A draw from each row of logits; every row has settings of its own, [N] each. */
export interface SampleArgs<T> {
  readonly logits: T; // [N, V]
  /** Divides the logits; 0 takes the likeliest token. */
  readonly temperature: ArrayLike<number>;
  /** Keeps the k likeliest tokens; 0 keeps all. */
  readonly topK: ArrayLike<number>;
  /** Keeps the likeliest of those that together have at least this probability (Holtzman et al. 2020). */
  readonly topP: ArrayLike<number>;
  /** The point in [0, 1) of the draw: the first kept token at which the running probability passes it. */
  readonly uniform: ArrayLike<number>;
}

export interface SampleResult<T> {
  /** The lower of equally likely ids; −1 − i where the row's highest logit, at i, is not finite. */
  readonly token: T; // [N] i32
  /** Under the model itself, before temperature, topK and topP; the logit where it is not finite. */
  readonly logProbability: T; // [N] f32
}

interface Rule {
  readonly must: string;
  readonly holds: (x: number) => boolean;
}

const rules: Readonly<Record<Exclude<keyof SampleArgs<never>, "logits">, Rule>> = {
  temperature: { must: "at least 0 and finite", holds: (x) => x >= 0 && x < Number.POSITIVE_INFINITY },
  topK: { must: "an integer from 0", holds: (x) => Number.isInteger(x) && x >= 0 },
  topP: { must: "in (0, 1]", holds: (x) => x > 0 && x <= 1 },
  uniform: { must: "in [0, 1)", holds: (x) => x >= 0 && x < 1 },
};

export function checkSample<T extends Tensor>(args: SampleArgs<T>): SampleArgs<T> {
  const { logits } = args;
  expectFloat("sample", { logits });
  expectRank("sample", "logits", logits, 2, "[N, V]");
  const [rows, width] = logits.shape as [number, number];
  // a kernel counts tokens in f32
  if (width < 1 || width > 2 ** 24)
    throw new ShapeError(`sample: V must be in 1..2^24, got ${width}. Pass a row of logits for each draw.`);
  for (const [name, { must, holds }] of Object.entries(rules)) {
    const values = Array.from(args[name as keyof typeof rules]);
    if (values.length !== rows)
      throw new ShapeError(
        `sample: ${name} must have ${rows} numbers, got ${values.length}. One for each row.`,
      );
    const wrong = values.findIndex((x) => !holds(x));
    if (wrong >= 0)
      throw new ShapeError(
        `sample: ${name} must be ${must}, got ${values[wrong]} in row ${wrong}. Correct the argument.`,
      );
  }
  return args;
}
