import type { Ops, Tensor } from "@webfla/ops";

// a quintic that lifts small singular values fast; it ends near 1, not at it (Jordan et al. 2024)
const [A, B, C] = [3.4445, -4.775, 2.0315] as const;
const STEPS = 5;

/** Nearly U Vᵀ of x = U Σ Vᵀ by Newton–Schulz steps. x [M, N] f32 */
export function orthogonal<T extends Tensor>(ops: Ops<T>, x: T): T {
  const [rows, columns] = x.shape as [number, number];
  return ops.scope(() => {
    const add = (a: T, b: T): T => ops.binary({ kind: "add", a, b });
    const squares = ops.reduce({
      kind: "sum",
      x: ops.reduce({ kind: "sumSquares", x }),
    });
    const norm = ops.affine({ x: ops.unary({ kind: "sqrt", x: ops.reshape(squares, [1]) }), shift: 1e-7 });
    // the product of the shorter side with itself is the smaller matrix
    const tall = rows > columns;
    let y = ops.binary({ kind: "div", a: tall ? ops.transpose({ x }) : x, b: norm });
    for (let i = 0; i < STEPS; i++) {
      const gram = ops.matmul({ a: y, b: y, transposeB: true });
      const mixed = add(
        ops.affine({ x: gram, scale: B }),
        ops.affine({ x: ops.matmul({ a: gram, b: gram }), scale: C }),
      );
      y = add(ops.affine({ x: y, scale: A }), ops.matmul({ a: mixed, b: y }));
    }
    return tall ? ops.transpose({ x: y }) : y;
  });
}
