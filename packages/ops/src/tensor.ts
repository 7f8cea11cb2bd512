/** Storage types. Arithmetic is f32 whatever the storage; i32 holds ids and targets. */
export type DType = "f32" | "f16" | "i32";

export type Shape = readonly number[];

/** Host data of a tensor: f32 and f16 as Float32Array, i32 as Int32Array. */
export type HostArray = Float32Array | Int32Array;

/** A dense, row-major array that a backend owns. Whoever made it, or kept it out of a scope, disposes it. */
export interface Tensor {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly disposed: boolean;
  dispose(): void;
}

export const elements = (shape: Shape): number => shape.reduce((n, d) => n * d, 1);

export const bytesPer = (dtype: DType): number => (dtype === "f16" ? 2 : 4);

export const showShape = (shape: Shape): string => `[${shape.join(", ")}]`;

/** f32 unless both are f16. */
export const promote = (a: DType, b: DType): DType => (a === "f16" && b === "f16" ? "f16" : "f32");
