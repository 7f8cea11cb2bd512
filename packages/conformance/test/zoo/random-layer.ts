import { type CpuTensor, createCpu } from "@webfla/reference";
import { fromLengths, type Varlen } from "@webfla/varlen";
import { type Layer, type LayerResult, positionsOf } from "@webfla/zoo";

/** A ragged batch, with an empty and a one-token sequence. */
export const batch = fromLengths([5, 0, 1, 18]);

/** Even numbers in [-1, 1) (a linear congruential generator). */
function numbers(): (count: number) => Float32Array {
  let seed = 1;
  return (count) =>
    Float32Array.from({ length: count }, () => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed / 2 ** 31 - 1;
    });
}

/**
 * Runs a layer with random weights on random rows, and random rows of each width in `sharedWidths` that other layers
 * would have shared; also gives all of them to an oracle, a document at a time.
 */
export async function againstOracle(
  layer: Layer,
  hiddenSize: number,
  oracle: (
    weights: Readonly<Record<string, Float32Array>>,
    xs: readonly number[][],
    shared: Readonly<Record<string, readonly number[][]>>,
  ) => number[][],
  sharedWidths: Readonly<Record<string, number>> = {},
): Promise<{ got: ArrayLike<number>; want: number[] }> {
  const ops = createCpu({ poison: true });
  const random = numbers();
  const size = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);
  const shapes = Object.entries(layer.parameters);
  const weights = Object.fromEntries(shapes.map(([name, shape]) => [name, random(size(shape))]));
  const tensors = new Map(shapes.map(([name, shape]) => [name, ops.tensor(weights[name]!, shape)]));
  const x = random(batch.totalTokens * hiddenSize);
  const widths = Object.entries(sharedWidths);
  const others = new Map(widths.map(([name, D]) => [name, random(batch.totalTokens * D)]));
  const { o }: LayerResult<CpuTensor> = layer.forward(
    ops,
    (name) => tensors.get(name)!,
    ops.tensor(x, [batch.totalTokens, hiddenSize]),
    {
      varlen: batch,
      positions: positionsOf(batch),
      shared: Object.fromEntries(
        widths.map(([name, D]) => [name, ops.tensor(others.get(name)!, [batch.totalTokens, D])]),
      ),
      wantState: false,
    },
  );
  const want = documents(x, hiddenSize, batch).flatMap((xs, n) =>
    oracle(
      weights,
      xs,
      Object.fromEntries(widths.map(([name, D]) => [name, documents(others.get(name)!, D, batch)[n]!])),
    ),
  );
  return { got: await ops.read(o), want: want.flat() };
}

const documents = (x: Float32Array, D: number, varlen: Varlen): number[][][] =>
  Array.from(varlen.lengths, (length, n) =>
    Array.from({ length }, (_, t) => {
      const at = varlen.cuSeqlens[n]! + t;
      return [...x.subarray(at * D, (at + 1) * D)];
    }),
  );

/** y = W x. W [out, in] */
export const times = (W: Float32Array, x: readonly number[]): number[] =>
  Array.from({ length: W.length / x.length }, (_, o) =>
    x.reduce((sum, xi, i) => sum + W[o * x.length + i]! * xi, 0),
  );

/** The channels of one head. */
export const head = (row: readonly number[], h: number, D: number): number[] => row.slice(h * D, (h + 1) * D);
