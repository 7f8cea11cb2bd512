import type { Ops, Tensor } from "@webfla/ops";
import { pack, type Varlen } from "@webfla/varlen";
import { randomStream } from "@webfla/zoo/generate";
import type { Gradients } from "@webfla/zoo/train";

/** Documents of these lengths, of tiny models' tokens. */
export function documents(lengths: readonly number[], seed = 5): Int32Array[] {
  const random = randomStream(seed);
  return lengths.map((length) => Int32Array.from({ length }, () => Math.floor(64 * random())));
}

/** Packed documents, for models on any device. */
export const batchOf = (
  docs: readonly Int32Array[],
): { readonly tokens: Int32Array; readonly varlen: Varlen } => pack(docs);

export async function readAll<T extends Tensor>(
  ops: Ops<T>,
  tensors: ReadonlyMap<string, T>,
): Promise<Map<string, Float32Array>> {
  const read = new Map<string, Float32Array>();
  for (const [name, x] of tensors) read.set(name, (await ops.read(x)) as Float32Array);
  return read;
}

/** Reads gradients and frees them. */
export async function takeAll<T extends Tensor>(
  ops: Ops<T>,
  gradients: Gradients<T>,
): Promise<Map<string, Float32Array>> {
  const read = await readAll(ops, gradients);
  for (const x of gradients.values()) x.dispose();
  return read;
}

export async function takeNumber<T extends Tensor>(ops: Ops<T>, x: T): Promise<number> {
  const [value] = await ops.read(x);
  x.dispose();
  return value!;
}

/** The largest |x − y| of any tensor, beside the size of all of y. */
export function apart(x: ReadonlyMap<string, Float32Array>, y: ReadonlyMap<string, Float32Array>): number {
  if ([...x.keys()].sort().join() !== [...y.keys()].sort().join()) return Number.NaN;
  let [difference, size] = [0, 0];
  for (const [name, want] of y)
    for (let i = 0; i < want.length; i++) {
      difference = Math.max(difference, Math.abs(want[i]! - x.get(name)![i]!));
      size = Math.max(size, Math.abs(want[i]!));
    }
  return difference / size;
}
