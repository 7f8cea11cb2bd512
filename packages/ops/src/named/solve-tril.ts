import { fromLengths, type Varlen } from "@webfla/varlen";
import { type Ops, ShapeError, type Tensor } from "..";
import { type Batch, batchOf } from "./batch";

/** Every chunk of a batch as a sequence of its own, and the place of each token in its chunk. */
interface Cut {
  readonly varlen: Varlen;
  readonly places: Int32Array; // [T]
}

const cuts = new WeakMap<Varlen, Map<number, Cut>>();

function cutInto(varlen: Varlen, size: number): Cut {
  const known = cuts.get(varlen) ?? new Map<number, Cut>();
  cuts.set(varlen, known);
  const { indices } = varlen.chunks(size);
  const made = known.get(size) ?? {
    varlen: fromLengths(
      Array.from({ length: indices.length / 2 }, (_, i) =>
        Math.min(size, varlen.lengths[indices[2 * i]!]! - indices[2 * i + 1]! * size),
      ),
    ),
    places: Int32Array.from(varlen.positionIds, (place) => place % size),
  };
  known.set(size, made);
  return made;
}

/**
 * (I + A)⁻¹ of every chunk of C tokens: A and the result are [T, H, C], row t and column j of a chunk at token t and channel j. A is strictly
 * lower triangular: what is on or above a diagonal is not read. f32. Throws ShapeError for another rank or a C of more than 256. FLA `solve_tril`.
 */
export function solveTril<T extends Tensor>(
  ops: Ops<T>,
  { A, ...batch }: { readonly A: T } & Batch,
): { readonly o: T } {
  const [tokens, H, C] = A.shape as [number, number, number];
  if (A.shape.length !== 3 || C < 1 || C > 256)
    throw new ShapeError(
      `solveTril: A must be [T, H, C] with C in 1..256, got [${A.shape.join(", ")}]. C is the chunk size.`,
    );
  const { varlen, places } = cutInto(batchOf(batch as Batch), C);
  return ops.scope(() => {
    // row j of the identity, for every head
    const row = (i: number): number => (i % C === Math.floor(i / (H * C)) ? 1 : 0);
    const identity = ops.tensor(
      Float32Array.from({ length: C * H * C }, (_, i) => row(i)),
      [C, H * C],
    );
    const index = ops.tensor(places, [places.length]);
    const unit = ops.reshape(ops.gather({ x: identity, index }), [tokens, H, C]);
    // with unit keys the delta rule substitutes forward: y_t = unit_t − Σ_{j<t} A_tj y_j, and its state holds the rows y
    const erase = { kind: "delta", eraseKey: A } as const;
    const { o } = ops.linearAttention({ q: unit, k: unit, v: unit, erase, scale: 1, varlen });
    return { o };
  });
}
