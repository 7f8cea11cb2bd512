import type { Shape } from "@webfla/ops";
import { orthonormal } from "./draw";

/** What a parameter's start may depend on. */
export interface Start {
  readonly shape: Shape;
  /** Of the parameter's layer, where its name has one. */
  readonly layer: number;
  readonly uniform: () => number; // [0, 1)
  readonly normal: () => number;
  /** A number of the configuration, or FLA's default. */
  readonly number: (key: string, otherwise: number) => number;
  readonly config: Readonly<Record<string, unknown>>;
}

/** All numbers of a parameter. */
export type Initial = (start: Start) => Float32Array;

/** The first rule whose name matches below a model's prefixes; a vector that none knows is an error. */
export interface Rule {
  /** Of model types; all where absent. */
  readonly models?: readonly string[] | undefined;
  readonly name: RegExp;
  readonly initial: Initial;
}

export const size = (shape: Shape): number => shape.reduce((n, d) => n * d, 1);

export const each =
  (value: (start: Start, index: number) => number): Initial =>
  (start) =>
    Float32Array.from({ length: size(start.shape) }, (_, i) => value(start, i));

export const constant = (value: number): Initial => each(() => value);

export const orthogonal =
  (gain: (start: Start) => number): Initial =>
  (start) => {
    const [rows, columns] = start.shape as [number, number];
    const scale = gain(start);
    return orthonormal(rows, columns, start.normal).map((x) => scale * x);
  };
