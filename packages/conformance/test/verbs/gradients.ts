import { type DType, elements, type HostArray, type Ops, type Shape, type Tensor } from "@webfla/ops";
import { createTape, type Variable } from "@webfla/ops/tape";
import { type Case, generator, type Maker, maker } from "./maker";

/** What each float result is weighted with in the loss: normal numbers, the same on every backend. */
function seedsOf(shape: Shape, index: number): Float32Array {
  const next = generator(1000 + index);
  return Float32Array.from({ length: elements(shape) }, () => 2 * next() - 1);
}

const floatResults = <T extends Tensor>(
  results: Readonly<Record<string, T | undefined>>,
): [T, Float32Array][] =>
  Object.values(results).flatMap((x, i) => (x && x.dtype !== "i32" ? [[x, seedsOf(x.shape, i)]] : []));

const dot = (x: ArrayLike<number>, y: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!;
  return sum;
};

/** Σ results · seeds, after moving every input by step · direction. */
export async function lossAt<T extends Tensor>(
  ops: Ops<T>,
  { name, run }: Case,
  directions: readonly ArrayLike<number>[],
  step: number,
): Promise<number> {
  let input = 0;
  const moved: Maker<T> = maker(ops, name, "f32", (data, shape, dtype) => {
    const direction = directions[input++]!;
    return ops.tensor(
      data.map((x, i) => x + step * direction[i]!),
      shape,
      dtype,
    );
  });
  const results = ops.scope(() => run(moved));
  let loss = 0;
  for (const [x, seed] of floatResults(results)) loss += dot(await ops.read(x), seed);
  for (const x of Object.values(results)) x?.dispose();
  return loss;
}

/** Runs a case on a tape; throws UnsupportedError where a verb of it has no gradient. Leaves nothing on the device. */
export async function gradientsOf<T extends Tensor>(
  ops: Ops<T>,
  { name, run }: Case,
  storage: "f32" | "f16",
): Promise<readonly HostArray[]> {
  const tape = createTape(ops);
  const owned: T[] = [];
  const leaves: Variable<T>[] = [];
  const watched = (data: Float32Array, shape: Shape, dtype: DType): Variable<T> => {
    const x = ops.tensor(data, shape, dtype);
    owned.push(x);
    const leaf = tape.watch(x);
    leaves.push(leaf);
    return leaf;
  };
  try {
    const results = tape.ops.scope(() => run(maker(tape.ops, name, storage, watched)));
    const roots = floatResults(results).map(([of, seed]) => ({ of, seed: ops.tensor(seed, of.shape) }));
    const found = tape.gradients(roots, leaves);
    owned.push(...roots.map(({ seed }) => seed), ...found);
    for (const x of Object.values(results)) x?.dispose();
    return await Promise.all(found.map((x) => ops.read(x)));
  } finally {
    tape.dispose();
    for (const x of owned) x.dispose();
  }
}
