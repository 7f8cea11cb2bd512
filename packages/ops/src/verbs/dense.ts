import {
  type Complete,
  expectAlive,
  expectDType,
  expectFinite,
  expectFloat,
  expectInteger,
  expectShape,
} from "../check";
import { ShapeError } from "../errors";
import { type DType, elements, type Shape, showShape, type Tensor } from "../tensor";

/** o [.., M, N] = a · b (+ bias), 2-D products; leading axes of a are rows. */
export interface MatmulArgs<T> {
  readonly a: T; // [M, K], or [K, M] with transposeA; without transposeA leading axes fold into M
  readonly b: T; // [K, N], or [N, K] with transposeB
  readonly transposeA?: boolean | undefined;
  readonly transposeB?: boolean | undefined;
  readonly bias?: T | undefined; // [N]
  /** Storage of the result. Default a's. */
  readonly dtype?: DType | undefined;
}

export interface CheckedMatmul<T> extends MatmulArgs<T> {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly dtype: DType;
  readonly M: number;
  readonly N: number;
  readonly K: number;
  readonly shape: Shape;
}

/** o[i] = x[index[i]], rows along the first axis (an embedding). */
export interface GatherArgs<T> {
  readonly x: T; // [R, ...]
  readonly index: T; // [M] i32; the caller keeps them in 0..R-1, a row outside reads as zeros
}

/** o[index[i]] += rows[i], starting from zeros: the adjoint of gather. */
export interface ScatterAddArgs<T> {
  readonly rows: T; // [M, ...]
  readonly index: T; // [M] i32
  readonly count: number; // R
}

export interface SliceArgs<T> {
  readonly x: T;
  readonly axis: number;
  readonly start: number;
  readonly end: number;
}

export interface ConcatArgs<T> {
  readonly xs: readonly T[];
  readonly axis: number;
}

export interface ReduceArgs<T> {
  readonly kind: "sum" | "sumSquares" | "max";
  readonly x: T;
  /** The axis that disappears. Default the last. */
  readonly axis?: number | undefined;
}

/** A tensor alone: softmax and argmax work along its last axis, transpose swaps its last two. */
export interface RowsArgs<T> {
  readonly x: T;
}

/**
 * Maps each row so that products of maps are polynomials of products of rows, y = scale · q·k:
 * taylor → 1 + y + y²/2 with 1 + D + D(D+1)/2 features; square → y² with D(D+1)/2.
 * Both sides are mapped with the same scale.
 */
export interface FeatureMapArgs<T> {
  readonly kind: "taylor" | "square";
  readonly x: T; // [T, H, D]
  readonly scale: number;
}

export function checkMatmul<T extends Tensor>(args: MatmulArgs<T>): CheckedMatmul<T> {
  const { a, b, bias, transposeA = false, transposeB = false } = args;
  expectFloat("matmul", { a, b, bias });
  if (a.shape.length < 2 || b.shape.length !== 2 || (transposeA && a.shape.length !== 2))
    throw new ShapeError(
      `matmul: a must be [.., M, K] and b a matrix, got ${showShape(a.shape)} and ${showShape(b.shape)}. Reshape them.`,
    );
  const lead = transposeA ? [a.shape[1]!] : a.shape.slice(0, -1);
  const K = transposeA ? a.shape[0]! : a.shape.at(-1)!;
  const [N, Kb] = (transposeB ? b.shape : [b.shape[1], b.shape[0]]) as [number, number];
  if (K !== Kb)
    throw new ShapeError(
      `matmul: inner sizes must agree, got ${showShape(a.shape)}${transposeA ? "ᵀ" : ""} · ${showShape(b.shape)}${transposeB ? "ᵀ" : ""}. Transpose one of them.`,
    );
  if (bias) expectShape("matmul", "bias", bias, [N], "One for each column.");
  return {
    ...args,
    transposeA,
    transposeB,
    dtype: args.dtype ?? a.dtype,
    M: elements(lead),
    N,
    K,
    shape: [...lead, N],
  };
}

export function checkGather<T extends Tensor>(
  args: GatherArgs<T>,
): GatherArgs<T> & { readonly shape: Shape } {
  expectAlive("gather", "x", args.x);
  expectIndex("gather", args.index);
  if (args.x.shape.length < 1)
    throw new ShapeError(`gather: x must have rows, got ${showShape(args.x.shape)}. Reshape it.`);
  return { ...args, shape: [args.index.shape[0]!, ...args.x.shape.slice(1)] };
}

export function checkScatterAdd<T extends Tensor>(
  args: ScatterAddArgs<T>,
): ScatterAddArgs<T> & { readonly shape: Shape } {
  const { rows, index, count } = args;
  expectFloat("scatterAdd", { rows });
  expectIndex("scatterAdd", index);
  expectInteger("scatterAdd", "count", count, 0, 2 ** 31 - 1);
  expectShape("scatterAdd", "index", index, [rows.shape[0]!], "One row for each index.");
  return { ...args, shape: [count, ...rows.shape.slice(1)] };
}

function expectIndex(op: string, index: Tensor): void {
  expectAlive(op, "index", index);
  expectDType(op, "index", index, ["i32"]);
  if (index.shape.length !== 1)
    throw new ShapeError(`${op}: index must be [M], got ${showShape(index.shape)}. Reshape it.`);
}

export function checkSlice<T extends Tensor>(args: SliceArgs<T>): SliceArgs<T> & { readonly shape: Shape } {
  const { x, axis, start, end } = args;
  expectAlive("slice", "x", x);
  expectInteger("slice", "axis", axis, 0, x.shape.length - 1);
  expectInteger("slice", "end", end, 0, x.shape[axis]!);
  expectInteger("slice", "start", start, 0, end);
  return { ...args, shape: x.shape.with(axis, end - start) };
}

export function checkConcat<T extends Tensor>(
  args: ConcatArgs<T>,
): ConcatArgs<T> & { readonly shape: Shape } {
  const { xs, axis } = args;
  const first = xs[0];
  if (!first) throw new ShapeError("concat: there must be a tensor, got none. Pass at least one.");
  expectInteger("concat", "axis", axis, 0, first.shape.length - 1);
  let total = 0;
  for (const [i, x] of xs.entries()) {
    const want = first.shape.with(axis, x.shape[axis] ?? 0);
    expectShape("concat", `xs[${i}]`, x, want, "All axes but the joined one are equal.");
    expectDType("concat", `xs[${i}]`, x, [first.dtype]);
    total += x.shape[axis]!;
  }
  return { ...args, shape: first.shape.with(axis, total) };
}

export function checkReduce<T extends Tensor>(
  args: ReduceArgs<T>,
): Complete<ReduceArgs<T>> & { readonly shape: Shape } {
  const { x, axis = x.shape.length - 1 } = args;
  expectFloat("reduce", { x });
  expectInteger("reduce", "axis", axis, 0, x.shape.length - 1);
  return { ...args, axis, shape: x.shape.toSpliced(axis, 1) };
}

export function checkRows<T extends Tensor>(op: string, args: RowsArgs<T>): RowsArgs<T> {
  expectFloat(op, { x: args.x });
  if (args.x.shape.length < 1 || args.x.shape.at(-1) === 0)
    throw new ShapeError(
      `${op}: x must have a last axis that is not empty, got ${showShape(args.x.shape)}. Reshape it.`,
    );
  return args;
}

export function checkTranspose<T extends Tensor>(args: RowsArgs<T>): RowsArgs<T> {
  expectAlive("transpose", "x", args.x);
  if (args.x.shape.length < 2)
    throw new ShapeError(`transpose: x must have two axes, got ${showShape(args.x.shape)}. Reshape it.`);
  return args;
}

export function checkFeatureMap<T extends Tensor>(
  args: FeatureMapArgs<T>,
): FeatureMapArgs<T> & { readonly shape: Shape } {
  const { kind, x, scale } = args;
  expectFloat("featureMap", { x });
  expectFinite("featureMap", "scale", scale);
  if (scale < 0)
    throw new ShapeError(`featureMap: scale must be at least 0, got ${scale}. Negate q instead.`);
  const D = x.shape.at(-1)!;
  const pairs = (D * (D + 1)) / 2;
  return { ...args, shape: x.shape.with(-1, kind === "taylor" ? 1 + D + pairs : pairs) };
}
