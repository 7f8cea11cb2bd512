import { type Complete, expectAlive, expectFloat, expectInteger } from "../check";
import { ShapeError } from "../errors";
import { type DType, promote, type Shape, showShape, type Tensor } from "../tensor";

// biome-ignore format: a row a theme
export const unaryKinds = [
  "neg", "exp", "log", "sqrt", "rsqrt", "reciprocal", "square", "abs", "sigmoid", "logSigmoid", "softplus",
  "silu", "relu", "squaredRelu", "gelu", "tanh", "elu", "step",
] as const;
/** gelu is the exact one (erf); elu has alpha 1; step is 1 above 0 and 0 elsewhere. */
export type UnaryKind = (typeof unaryKinds)[number];

export const binaryKinds = ["add", "sub", "mul", "div", "min", "max", "siluMul", "sigmoidMul"] as const;
/** siluMul(a, b) = silu(a) · b, sigmoidMul(a, b) = sigmoid(a) · b. */
export type BinaryKind = (typeof binaryKinds)[number];

export interface UnaryArgs<T> {
  readonly kind: UnaryKind;
  readonly x: T;
}

/** o = scale · x + shift */
export interface AffineArgs<T> {
  readonly x: T;
  readonly scale?: number | undefined;
  readonly shift?: number | undefined;
}

/** Broadcasts as NumPy does; at most 4 axes. The result is f16 only if both are. */
export interface BinaryArgs<T> {
  readonly kind: BinaryKind;
  readonly a: T;
  readonly b: T;
}

export interface CheckedBinary<T> extends BinaryArgs<T> {
  readonly shape: Shape;
  readonly dtype: DType;
}

export interface CastArgs<T> {
  readonly x: T;
  readonly dtype: DType;
}

export function checkUnary<T extends Tensor>(args: UnaryArgs<T>): UnaryArgs<T> {
  expectFloat("unary", { x: args.x });
  if (!unaryKinds.includes(args.kind))
    throw new ShapeError(
      `unary: kind must be one of ${unaryKinds.join(", ")}, got ${args.kind}. Choose one of them.`,
    );
  return args;
}

export function checkAffine<T extends Tensor>({
  x,
  scale = 1,
  shift = 0,
}: AffineArgs<T>): Complete<AffineArgs<T>> {
  expectFloat("affine", { x });
  if (!Number.isFinite(scale) || !Number.isFinite(shift))
    throw new ShapeError(
      `affine: scale and shift must be finite, got ${scale} and ${shift}. Correct the argument.`,
    );
  return { x, scale, shift };
}

export function broadcastShape(op: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  expectInteger(op, "the number of axes", rank, 0, 4);
  return Array.from({ length: rank }, (_, i) => {
    const [x, y] = [a[i - rank + a.length] ?? 1, b[i - rank + b.length] ?? 1];
    if (x !== y && x !== 1 && y !== 1)
      throw new ShapeError(
        `${op}: shapes must broadcast, got ${showShape(a)} and ${showShape(b)}. Reshape one so that axes are equal or 1.`,
      );
    return x === 1 ? y : x;
  });
}

export function checkBinary<T extends Tensor>(args: BinaryArgs<T>): CheckedBinary<T> {
  const { kind, a, b } = args;
  expectFloat("binary", { a, b });
  if (!binaryKinds.includes(kind))
    throw new ShapeError(
      `binary: kind must be one of ${binaryKinds.join(", ")}, got ${kind}. Choose one of them.`,
    );
  return { ...args, shape: broadcastShape("binary", a.shape, b.shape), dtype: promote(a.dtype, b.dtype) };
}

export function checkCast<T extends Tensor>(args: CastArgs<T>): CastArgs<T> {
  expectAlive("cast", "x", args.x);
  return args;
}
