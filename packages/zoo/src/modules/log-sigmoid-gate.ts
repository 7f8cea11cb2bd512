import type { Ops, Tensor } from "@webfla/ops";

export interface LogSigmoidGateArgs<T> {
  readonly x: T; // [T, in]
  readonly weight: T; // [out, in]
  readonly bias?: T | undefined; // [out]
  /** Divides the logarithm: larger, slower to forget. */
  readonly normalizer: number;
}

/** log sigmoid(W x + b) / normalizer, [T, out] f32: it is summed over whole documents. */
export const logSigmoidGate = <T extends Tensor>(
  ops: Ops<T>,
  { x, weight, bias, normalizer }: LogSigmoidGateArgs<T>,
): T =>
  ops.affine({
    x: ops.unary({
      kind: "logSigmoid",
      x: ops.matmul({ a: x, b: weight, transposeB: true, bias, dtype: "f32" }),
    }),
    scale: 1 / normalizer,
  });
