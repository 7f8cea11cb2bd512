import { elements, type LinearAttentionResult, type Ops, type Shape, type Tensor } from "@webfla/ops";
import * as fla from "@webfla/ops/fla";
import * as oracle from "@webfla/reference/oracle";
import { fromLengths, type Varlen } from "@webfla/varlen";

/** An operation on given numbers, for any backend, and what it must give. */
export interface Case {
  readonly name: string;
  /** Floating-point operations, where their rate says something. */
  readonly flops?: number;
  readonly tolerance: number;
  readonly inputs: Readonly<Record<string, Input>>;
  readonly run: <T extends Tensor>(ops: Ops<T>, inputs: Readonly<Record<string, T>>) => T;
  /** In f64, from the same f32 numbers. */
  readonly expected: () => Float64Array;
}

interface Input {
  readonly data: Float32Array;
  readonly shape: Shape;
}

type Names = "q" | "k" | "v" | "g" | "gk" | "beta" | "a" | "b";
type Of<N extends Names, T> = Readonly<Record<N, T>>;

const H = 4;
const K = 64;
const V = 64;

/** A repeatable source of numbers in [0, 1). */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 8) / 2 ** 24;
  };
}

function fill(shape: Shape, seed: number, number: (random: () => number) => number): Input {
  const random = uniform(seed);
  return { shape, data: Float32Array.from({ length: elements(shape) }, () => number(random)) };
}

const signed = (shape: Shape, seed: number): Input => fill(shape, seed, (random) => 2 * random() - 1);

/** Rows of length 1, times a factor. */
function unit(shape: Shape, seed: number, factor = 1): Input {
  const { data } = signed(shape, seed);
  const width = shape.at(-1)!;
  for (let i = 0; i < data.length; i += width) {
    const row = data.subarray(i, i + width);
    const norm = Math.hypot(...row);
    row.set(row.map((x) => (factor * x) / norm));
  }
  return { data, shape };
}

const gates = (shape: Shape, seed: number): Input =>
  fill(shape, seed, (random) => Math.log(0.9 + 0.1 * random()));
const strengths = (shape: Shape, seed: number): Input => fill(shape, seed, (random) => random());

/** The laws of the matrix state, one case for each family and decay, on a ragged batch of skewed lengths. */
export function lawCases(T: number): readonly Case[] {
  const varlen = skewed(T);
  const q = unit([T, H, K], 1);
  const k = unit([T, H, K], 2);
  const v = signed([T, H, V], 3);
  const scalar = gates([T, H], 4);
  const vector = gates([T, H, K], 5);
  const beta = strengths([T, H], 6);
  const low = { a: unit([T, H, K], 7, -1), b: unit([T, H, K], 8, 0.5) };
  const law = <N extends Names>(
    name: string,
    inputs: Of<N, Input>,
    op: <T extends Tensor>(
      ops: Ops<T>,
      args: Of<N, T> & { readonly varlen: Varlen },
    ) => LinearAttentionResult<T>,
    recurrence: (args: Of<N, Float64Array> & { cuSeqlens: Uint32Array; sizes: Sizes }) => {
      readonly o: Float64Array;
    },
  ): Case => ({
    name: `${name} T=${T}`,
    tolerance: 1e-5,
    inputs,
    run: (ops, args) => op(ops, { ...(args as Of<N, (typeof args)[string]>), varlen }).o,
    expected: () => recurrence({ ...widen<N>(inputs), cuSeqlens: varlen.cuSeqlens, sizes: { H, K, V } }).o,
  });
  return [
    law("linearAttn", { q, k, v }, fla.linearAttn, oracle.linearAttn),
    law("retention", { q, k, v }, fla.retention, oracle.retention),
    law("simpleGla", { q, k, v, g: scalar }, fla.simpleGla, oracle.simpleGla),
    law("gla", { q, k, v, g: vector }, fla.gla, oracle.gla),
    law("deltaRule", { q, k, v, beta }, fla.deltaRule, oracle.deltaRule),
    law("gatedDeltaRule", { q, k, v, g: scalar, beta }, fla.gatedDeltaRule, oracle.gatedDeltaRule),
    law("kda", { q, k, v, g: vector, beta }, fla.kda, oracle.kda),
    law("dplrDeltaRule", { q, k, v, gk: vector, ...low }, fla.dplrDeltaRule, oracle.dplrDeltaRule),
  ];
}

interface Sizes {
  readonly H: number;
  readonly K: number;
  readonly V: number;
}

const widen = <N extends string>(inputs: Readonly<Record<N, Input>>): Readonly<Record<N, Float64Array>> =>
  Object.fromEntries(
    Object.entries<Input>(inputs).map(([name, { data }]) => [name, Float64Array.from(data)]),
  ) as Record<N, Float64Array>;

/** Lengths that halve, an empty sequence and a single token among them. */
function skewed(T: number): Varlen {
  const lengths = [0, 1];
  for (let left = T - 1; left > 0; ) {
    const length = Math.max(1, left >> 1);
    lengths.push(length);
    left -= length;
  }
  return fromLengths(lengths);
}

/** A matrix product, M × K by K × N. */
export function matmulCase(size: number): Case {
  const inputs = { a: signed([size, size], 9), b: signed([size, size], 10) };
  return {
    name: `matmul ${size}³`,
    flops: 2 * size ** 3,
    tolerance: 1e-5,
    inputs,
    run: (ops, { a, b }) => ops.matmul({ a: a!, b: b! }),
    expected: () => product(inputs.a.data, inputs.b.data, size),
  };
}

function product(a: Float32Array, b: Float32Array, size: number): Float64Array {
  const o = new Float64Array(size * size);
  for (let i = 0; i < size; i++)
    for (let k = 0; k < size; k++) {
      const x = a[i * size + k]!;
      for (let j = 0; j < size; j++) o[i * size + j]! += x * b[k * size + j]!;
    }
  return o;
}

/** Every operation, in the sizes of a smoke run or of a real one. */
export const opCases = (quick: boolean): readonly Case[] => [
  ...lawCases(quick ? 128 : 2048),
  matmulCase(quick ? 64 : 512),
];
