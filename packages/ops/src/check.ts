import type { Varlen } from "@webfla/varlen";
import { DisposedError, ShapeError } from "./errors";
import { type DType, type Shape, showShape, type Tensor } from "./tensor";

export type Dim = number | readonly number[];

/** A without optional properties. */
export type Complete<A> = { readonly [P in keyof A]-?: NonNullable<A[P]> };

const showDims = (dims: readonly Dim[]): string =>
  `[${dims.map((d) => (typeof d === "number" ? d : d.join("|"))).join(", ")}]`;

const fits = (shape: Shape, dims: readonly Dim[]): boolean =>
  shape.length === dims.length &&
  shape.every((s, i) => {
    const d = dims[i]!;
    return typeof d === "number" ? s === d : d.includes(s);
  });

/** Throws unless the tensor is alive and has the shape; a list of numbers in a dimension means any of them. */
export function expectShape(op: string, name: string, x: Tensor, dims: readonly Dim[], remedy: string): void {
  expectAlive(op, name, x);
  if (!fits(x.shape, dims))
    throw new ShapeError(`${op}: ${name} must be ${showDims(dims)}, got ${showShape(x.shape)}. ${remedy}`);
}

export function expectRank(op: string, name: string, x: Tensor, rank: number, layout: string): void {
  expectAlive(op, name, x);
  if (x.shape.length !== rank)
    throw new ShapeError(
      `${op}: ${name} must be ${layout}, got ${showShape(x.shape)}. Reshape it: batches are packed, without a batch axis.`,
    );
}

export function expectAlive(op: string, name: string, x: Tensor): void {
  if (x.disposed)
    throw new DisposedError(
      `${op}: ${name} must be alive, got a disposed tensor. Return it from its scope to keep it.`,
    );
}

export function expectDType(op: string, name: string, x: Tensor, allowed: readonly DType[]): void {
  if (!allowed.includes(x.dtype))
    throw new ShapeError(
      `${op}: ${name} must be ${allowed.join(" or ")}, got ${x.dtype}. Cast it with cast().`,
    );
}

export function expectFloat(op: string, named: Readonly<Record<string, Tensor | undefined>>): void {
  for (const [name, x] of Object.entries(named)) {
    if (!x) continue;
    expectAlive(op, name, x);
    expectDType(op, name, x, ["f32", "f16"]);
  }
}

export function expectTokens(op: string, name: string, x: Tensor, varlen: Varlen, times = 1): void {
  if (x.shape[0] !== varlen.totalTokens * times)
    throw new ShapeError(
      `${op}: ${name} must have ${varlen.totalTokens * times} rows (the batch's tokens${times > 1 ? ` × ${times}` : ""}), got ${x.shape[0]}. Pack it with the same varlen.`,
    );
}

export function expectInteger(op: string, name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max)
    throw new ShapeError(
      `${op}: ${name} must be an integer in ${min}..${max}, got ${value}. Correct the argument.`,
    );
}

export function expectFinite(op: string, name: string, value: number): void {
  if (!Number.isFinite(value))
    throw new ShapeError(`${op}: ${name} must be finite, got ${value}. Correct the argument.`);
}
