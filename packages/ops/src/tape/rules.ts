import type { LooseArgs, Verb, VerbTable } from "../backend";
import type { Ops } from "../ops";
import { elements, type Shape, type Tensor } from "../tensor";

/** A gradient written with verbs, so that every backend has it. Runs inside a scope; names are the arguments'. */
type Rule<V extends Verb> = <T extends Tensor>(
  ops: Ops<T>,
  call: { readonly args: VerbTable<T>[V][0]; readonly result: T; readonly grad: T },
) => Partial<Record<keyof LooseArgs<T>[V], T | readonly T[]>>;

/** Sums a gradient over the axes along which its argument was broadcast. */
function sumTo<T extends Tensor>(ops: Ops<T>, grad: T, shape: Shape): T {
  let x = grad;
  while (x.shape.length > shape.length) x = ops.reduce({ kind: "sum", x, axis: 0 });
  for (const [axis, size] of shape.entries())
    if (size === 1 && x.shape[axis] !== 1)
      x = ops.reshape(ops.reduce({ kind: "sum", x, axis }), x.shape.with(axis, 1));
  return x;
}

const rows = <T extends Tensor>(ops: Ops<T>, x: T): T =>
  ops.reshape(x, [elements(x.shape.slice(0, -1)), x.shape.at(-1)!]);

const matmul: Rule<"matmul"> = (ops, { args, grad }) => {
  const { a, b, bias, transposeA, transposeB } = args;
  const d = rows(ops, grad);
  const A = transposeA ? a : rows(ops, a);
  const da = transposeA
    ? ops.matmul({ a: b, transposeA: transposeB, b: d, transposeB: true, dtype: a.dtype })
    : ops.reshape(ops.matmul({ a: d, b, transposeB: !transposeB, dtype: a.dtype }), a.shape);
  // a weight's gradient sums over many rows, so it stays f32 whatever the storage
  const db = transposeB
    ? ops.matmul({ a: d, transposeA: true, b: A, transposeB: transposeA, dtype: "f32" })
    : ops.matmul({ a: A, transposeA: !transposeA, b: d, dtype: "f32" });
  return { a: da, b: db, ...(bias && { bias: ops.reduce({ kind: "sum", x: d, axis: 0 }) }) };
};

const binary: Rule<"binary"> = (ops, { args, result, grad }) => {
  const { kind, a, b } = args;
  type T = typeof grad;
  const mul = (x: T, y: T): T => ops.binary({ kind: "mul", a: x, b: y });
  const div = (x: T, y: T): T => ops.binary({ kind: "div", a: x, b: y });
  const neg = (x: T): T => ops.affine({ x, scale: -1 });
  const [da, db] = ((): readonly [T, T] => {
    switch (kind) {
      case "add":
        return [grad, grad];
      case "sub":
        return [grad, neg(grad)];
      case "mul":
        return [mul(grad, b), mul(grad, a)];
      case "div": {
        const over = div(grad, b);
        return [over, neg(mul(over, result))];
      }
      case "min":
      case "max": {
        const x =
          kind === "max" ? ops.binary({ kind: "sub", a, b }) : ops.binary({ kind: "sub", a: b, b: a });
        const first = mul(grad, ops.unary({ kind: "step", x }));
        return [first, ops.binary({ kind: "sub", a: grad, b: first })];
      }
      case "siluMul": {
        const gate = ops.unary({ kind: "sigmoid", x: a });
        const silu = mul(a, gate);
        // silu' = σ + silu (1 − σ)
        const slope = ops.binary({
          kind: "add",
          a: gate,
          b: mul(silu, ops.affine({ x: gate, scale: -1, shift: 1 })),
        });
        return [mul(mul(grad, b), slope), mul(grad, silu)];
      }
      case "sigmoidMul": {
        const gate = ops.unary({ kind: "sigmoid", x: a });
        const slope = mul(gate, ops.affine({ x: gate, scale: -1, shift: 1 }));
        return [mul(mul(grad, b), slope), mul(grad, gate)];
      }
      default:
        return kind satisfies never;
    }
  })();
  return { a: sumTo(ops, da, a.shape), b: sumTo(ops, db, b.shape) };
};

const slice: Rule<"slice"> = (ops, { args, grad }) => {
  const { x, axis, start, end } = args;
  const zeros = (n: number) => ops.full(0, x.shape.with(axis, n), grad.dtype);
  return { x: ops.concat({ xs: [zeros(start), grad, zeros(x.shape[axis]! - end)], axis }) };
};

const concat: Rule<"concat"> = (ops, { args, grad }) => {
  let start = 0;
  const xs = args.xs.map((x) => {
    const end = start + x.shape[args.axis]!;
    const part = ops.slice({ x: grad, axis: args.axis, start, end });
    start = end;
    return part;
  });
  return { xs };
};

const sumOver: Rule<"reduce"> = (ops, { args, result, grad }) => {
  const { kind, x, axis } = args;
  const spread = (y: typeof grad) => ops.reshape(y, x.shape.with(axis, 1));
  if (kind === "sum")
    return { x: ops.binary({ kind: "mul", a: spread(grad), b: ops.full(1, x.shape, grad.dtype) }) };
  if (kind === "sumSquares")
    return { x: ops.binary({ kind: "mul", a: spread(ops.affine({ x: grad, scale: 2 })), b: x }) };
  const below = ops.binary({ kind: "sub", a: spread(result), b: x });
  const top = ops.affine({ x: ops.unary({ kind: "step", x: below }), scale: -1, shift: 1 });
  const share = ops.binary({ kind: "div", a: grad, b: ops.reduce({ kind: "sum", x: top, axis }) });
  return { x: ops.binary({ kind: "mul", a: top, b: spread(share) }) };
};

const softmax: Rule<"softmax"> = (ops, { result: p, grad }) => {
  const weighted = ops.binary({ kind: "mul", a: p, b: grad });
  const total = ops.reduce({ kind: "sum", x: weighted });
  const shift = ops.binary({ kind: "mul", a: p, b: ops.reshape(total, p.shape.with(-1, 1)) });
  return { x: ops.binary({ kind: "sub", a: weighted, b: shift }) };
};

/** Gradients of the verbs that are compositions of verbs; the others come from the backend. */
export const rules: { readonly [V in Verb]?: Rule<V> } = {
  affine: (ops, { args, grad }) => ({ x: ops.affine({ x: grad, scale: args.scale }) }),
  binary,
  // what flows into an f16 value need not be rounded to it: the sums of an embedding's rows would be
  cast: (_, { grad }) => ({ x: grad }),
  matmul,
  gather: (ops, { args, grad }) => ({
    x: ops.scatterAdd({ rows: grad, index: args.index, count: args.x.shape[0]! }),
  }),
  scatterAdd: (ops, { args, grad }) => ({ rows: ops.gather({ x: grad, index: args.index }) }),
  transpose: (ops, { grad }) => ({ x: ops.transpose({ x: grad }) }),
  slice,
  concat,
  reduce: sumOver,
  softmax,
  // the inverse of a rotation turns the other way
  rotary: (ops, { args, grad }) => ({
    x: ops.rotary({ ...args, x: grad, sin: ops.affine({ x: args.sin, scale: -1 }) }),
  }),
};

/** Float arguments that have no gradient. */
export const constants: { readonly [V in Verb]?: readonly (keyof VerbTable<never>[V][0])[] } = {
  rotary: ["cos", "sin"],
};
