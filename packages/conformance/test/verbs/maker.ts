import { type DType, elements, type Ops, type Shape, type Tensor } from "@webfla/ops";

/** Makes inputs: the same numbers on every backend. */
export interface Maker<T extends Tensor> {
  readonly ops: Ops<T>;
  /** Normal numbers, in the storage type under test. */
  normal(shape: Shape, scale?: number, dtype?: DType): T;
  /** Numbers between low and high. */
  uniform(shape: Shape, low: number, high: number, dtype?: DType): T;
  /** Log gates: most of them mild, some near zero, some strong. */
  gates(shape: Shape): T;
  /** An f32 state. */
  state(shape: Shape): T;
  /** Whole numbers 0..below − 1. */
  ids(count: number, below: number): T;
  given(data: readonly number[], shape: Shape, dtype?: DType): T;
}

/** One row of the table: what to compute. A result that is not a float tensor is compared exactly. */
export interface Case {
  readonly name: string;
  readonly run: <T extends Tensor>(m: Maker<T>) => Readonly<Record<string, T | undefined>>;
}

/** Mulberry32: uniform in 0..1. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Draws inputs for one run of a case; the seed comes from its name. `input` makes the tensors that were drawn. */
export function maker<T extends Tensor>(
  ops: Ops<T>,
  name: string,
  storage: DType,
  input: (data: Float32Array, shape: Shape, dtype: DType) => T = ops.tensor,
): Maker<T> {
  const next = generator([...name].reduce((h, c) => Math.imul(h, 31) + c.charCodeAt(0), 7));
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const make = (shape: Shape, dtype: DType, draw: () => number): T =>
    input(Float32Array.from({ length: elements(shape) }, draw), shape, dtype);
  return {
    ops,
    normal: (shape, scale = 1, dtype = storage) => make(shape, dtype, () => scale * normal()),
    uniform: (shape, low, high, dtype = storage) => make(shape, dtype, () => low + (high - low) * next()),
    gates: (shape) => make(shape, storage, () => -(next() < 0.05 ? 20 : 1) * next() ** 3),
    state: (shape) => make(shape, "f32", normal),
    ids: (count, below) =>
      ops.tensor(
        Int32Array.from({ length: count }, () => Math.floor(next() * below)),
        [count],
      ),
    given: (data, shape, dtype = storage) =>
      ops.tensor(dtype === "i32" ? Int32Array.from(data) : Float32Array.from(data), shape, dtype),
  };
}
