import { elements, type Shape } from "@webfla/ops";
import { fromLengths, type Varlen } from "@webfla/varlen";
import { randomStream } from "@webfla/zoo/generate";

/** Letters that shapes are written in. */
export interface Sizes {
  readonly T: number;
  readonly N: number;
  readonly H: number;
  readonly HV: number;
  readonly K: number;
  readonly V: number;
  /** Slots. */
  readonly M: number;
  /** Channels of what has no heads. */
  readonly D: number;
  /** Numbers a channel of Mamba keeps. */
  readonly S: number;
  /** Taps. */
  readonly W: number;
  /** Writes: two a token. */
  readonly T2: number;
  /** Positions in a table, and half a head's channels. */
  readonly P: number;
  readonly K2: number;
}

/** What an input is drawn from. A unit is a row of length 1, a gate a log decay, a share lies in 0..1. */
export type Draw =
  | "normal"
  | "unit"
  | "opposed"
  | "gate"
  | "share"
  | "small"
  | "negative"
  | "id"
  | "cos"
  | "sin";

export interface Input {
  readonly shape: readonly (keyof Sizes)[];
  readonly draw: Draw;
}

/** An input of a shape like "T HV K". */
export const of = (shape: string, draw: Draw): Input => ({
  shape: shape.split(" ") as (keyof Sizes)[],
  draw,
});

/** Whether a gradient is asked of it. */
export const isGraded = ({ draw }: Input): boolean => draw !== "id" && draw !== "cos" && draw !== "sin";

export interface Drawn {
  readonly data: Float32Array;
  readonly shape: Shape;
  readonly input: Input;
}

export function sizesOf(
  lengths: readonly number[],
  { H, HV, K, V }: { readonly H: number; readonly HV: number; readonly K: number; readonly V: number },
): Sizes & { readonly varlen: Varlen } {
  const varlen = fromLengths(lengths);
  return {
    varlen,
    T: varlen.totalTokens,
    N: varlen.sequences,
    H,
    HV,
    K,
    V,
    M: Math.min(K, 16),
    D: H * K,
    S: Math.min(K, 16),
    W: 4,
    T2: 2 * varlen.totalTokens,
    P: Math.max(1, varlen.maxLength),
    K2: K >> 1,
  };
}

/** Draws an input; the same seed and name give the same numbers. */
export function draw(input: Input, sizes: Sizes, seed: number, name: string): Drawn {
  const shape = input.shape.map((letter) => sizes[letter]);
  const next = randomStream([...name].reduce((h, c) => (Math.imul(h, 31) + c.charCodeAt(0)) >>> 0, seed + 7));
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const width = shape.at(-1)!;
  const numbers = (one: (i: number) => number) =>
    Float32Array.from({ length: elements(shape) }, (_, i) => one(i));
  const angle = (i: number) => Math.floor(i / width) * 10_000 ** (-(i % width) / width);
  const data = (): Float32Array => {
    switch (input.draw) {
      case "normal":
        return numbers(normal);
      case "unit":
        return unitRows(numbers(normal), width, 1);
      case "opposed":
        // against a unit row it removes, so that the state stays bounded
        return unitRows(numbers(normal), width, -0.5);
      case "gate":
        return numbers(() => -(next() < 0.05 ? 8 : 0.5) * next() ** 2);
      case "share":
        return numbers(() => 0.05 + 0.9 * next());
      case "small":
        return numbers(() => next() / sizes.V);
      case "negative":
        return numbers(() => -0.1 - next());
      case "id":
        return numbers(() => Math.floor(next() * sizes.V));
      case "cos":
        return numbers((i) => Math.cos(angle(i)));
      case "sin":
        return numbers((i) => Math.sin(angle(i)));
      default:
        return input.draw satisfies never;
    }
  };
  return { data: data(), shape, input };
}

function unitRows(x: Float32Array, width: number, scale: number): Float32Array {
  for (let start = 0; start < x.length; start += width) {
    const row = x.subarray(start, start + width);
    const norm = Math.hypot(...row);
    row.set(row.map((value) => (scale * value) / norm));
  }
  return x;
}

/** The part of an input that belongs to a sequence, as offsets into its data; nothing where all sequences share it. */
export function partOf(
  { shape, input }: Drawn,
  { cuSeqlens }: Varlen,
  sequence: number,
): readonly [start: number, end: number] | undefined {
  const [axis] = input.shape;
  const width = elements(shape.slice(1));
  if (axis === "N") return [sequence * width, (sequence + 1) * width];
  const rows = axis === "T" ? 1 : axis === "T2" ? 2 : 0;
  if (rows === 0) return undefined;
  return [cuSeqlens[sequence]! * rows * width, cuSeqlens[sequence + 1]! * rows * width];
}
