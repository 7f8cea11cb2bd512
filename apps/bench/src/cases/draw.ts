import { type DType, elements, type HostArray, type Ops, type Shape, type Tensor } from "@webfla/ops";

/** How an input is drawn. */
export interface Input {
  readonly shape: Shape;
  /** Fills a row of it. */
  readonly row: (row: Float32Array, random: () => number) => void;
  /** Stored so whatever the case's type: ids, states, tables. */
  readonly dtype?: DType;
}

export type Recipe = Readonly<Record<string, Input>>;
export type Drawn<T> = Readonly<Record<string, T>>;

/** A repeatable source of numbers in [0, 1). */
export function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 8) / 2 ** 24;
  };
}

const each =
  (number: (random: () => number) => number) =>
  (shape: Shape, dtype?: DType): Input => ({
    shape,
    row: (row, random) => {
      for (let i = 0; i < row.length; i++) row[i] = number(random);
    },
    ...(dtype && { dtype }),
  });

/** In (−1, 1). */
export const signed = each((random) => 2 * random() - 1);
/** Log decays of 0.9 to 1 a token. */
export const gates = each((random) => Math.log(0.9 + 0.1 * random()));
/** In (0, 1). */
export const strengths = each((random) => random());
/** Row numbers below a count. */
export const ids = (shape: Shape, count: number): Input =>
  each((random) => Math.floor(count * random()))(shape, "i32");

/** Last axis of length 1, times a factor. */
export const unit = (shape: Shape, factor = 1): Input => ({
  shape,
  row: (row, random) => {
    const width = shape.at(-1)!;
    for (let i = 0; i < row.length; i += width) {
      let sum = 0;
      for (let j = i; j < i + width; j++) sum += (row[j] = 2 * random() - 1) ** 2;
      for (let j = i; j < i + width; j++) row[j]! *= factor / Math.sqrt(sum);
    }
  },
});

// rows drawn on the host; more are gathered from these on the device
const drawnRows = 1024;

/** One set of inputs; sets of one recipe differ in all their numbers. The caller disposes them. */
export function draw<T extends Tensor>(ops: Ops<T>, recipe: Recipe, dtype: DType, set = 0): Drawn<T> {
  const entries = Object.entries(recipe).map(([name, input], i) => {
    const random = uniform(7919 * set + 104_729 * i + 1);
    const stored = input.dtype ?? dtype;
    return [name, stored === "i32" ? whole(ops, input, random) : repeated(ops, input, stored, random)];
  });
  return Object.fromEntries(entries) as Drawn<T>;
}

function rows({ shape, row }: Input, count: number, random: () => number): Float32Array {
  const width = elements(shape.slice(1));
  const data = new Float32Array(count * width);
  for (let i = 0; i < count; i++) row(data.subarray(i * width, (i + 1) * width), random);
  return data;
}

function whole<T extends Tensor>(ops: Ops<T>, input: Input, random: () => number): T {
  const data: HostArray = Int32Array.from(rows(input, input.shape[0]!, random));
  return ops.tensor(data, input.shape, "i32");
}

function repeated<T extends Tensor>(ops: Ops<T>, input: Input, dtype: DType, random: () => number): T {
  const [count, ...rest] = input.shape as [number, ...number[]];
  const drawn = Math.min(count, drawnRows);
  return ops.scope(() => {
    const x = ops.tensor(rows(input, drawn, random), [drawn, ...rest], dtype);
    if (drawn === count) return x;
    // a step coprime with the rows, so that neighbours differ from one round to the next
    const index = Int32Array.from({ length: count }, (_, i) => (i * 389 + Math.floor(i / drawn)) % drawn);
    return ops.gather({ x, index: ops.tensor(index, [count], "i32") });
  });
}

export function disposeAll<T extends Tensor>(xs: Iterable<T>): void {
  for (const x of xs) x.dispose();
}
