import { elements, type Ops, type Tensor } from "@webfla/ops";
import type { Gradients } from "./gradients";

// numbers whose squares are added up before the sums of others are
const ROW = 1024;

/** The norm of all gradients as one vector, [1] f32. */
export function gradientNorm<T extends Tensor>(ops: Ops<T>, gradients: Gradients<T>): T {
  return ops.scope(() => {
    const xs = [...gradients.values()].map((x) => ops.reshape(x, [elements(x.shape)]));
    const count = xs.reduce((sum, x) => sum + elements(x.shape), 0);
    const rows = Math.ceil(count / ROW);
    const all = ops.concat({ xs: [...xs, ops.full(0, [rows * ROW - count])], axis: 0 });
    const parts = ops.reduce({ kind: "sumSquares", x: ops.reshape(all, [rows, ROW]) });
    const squares = ops.reduce({ kind: "sum", x: parts });
    return ops.unary({ kind: "sqrt", x: ops.reshape(squares, [1]) });
  });
}

/**
 * The factor [1] that brings gradients to a norm of at most maxNorm (Pascanu et al. 2013; torch's min(1, maxNorm / (norm + 1e-6))).
 * Not a number where the norm is not finite.
 */
export function clipFactor<T extends Tensor>(ops: Ops<T>, norm: T, maxNorm: number): T {
  return ops.scope(() => {
    // 0 · norm is NaN where norm is infinite or NaN, and min and max may drop a NaN
    const nothing = ops.affine({ x: norm, scale: 0 });
    if (maxNorm === Number.POSITIVE_INFINITY) return ops.affine({ x: nothing, shift: 1 });
    const ratio = ops.binary({
      kind: "div",
      a: ops.full(maxNorm, [1]),
      b: ops.affine({ x: norm, shift: 1e-6 }),
    });
    const factor = ops.binary({ kind: "min", a: ops.full(1, [1]), b: ratio });
    return ops.binary({ kind: "add", a: factor, b: nothing });
  });
}
