import type { BinaryKind, Shape, UnaryKind } from "@webfla/ops";
import type { Kernels, MapName } from "./kernels";
import { mapInPlace } from "./map";
import { floats, type Memory } from "./memory";
import { erf, logSigmoid, softplus } from "./special";
import type { Verbs } from "./verbs";

const unary: Readonly<Record<Exclude<UnaryKind, MapName>, (x: number) => number>> = {
  neg: (x) => -x,
  log: Math.log,
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  reciprocal: (x) => 1 / x,
  square: (x) => x * x,
  abs: Math.abs,
  logSigmoid,
  softplus,
  relu: (x) => Math.max(x, 0),
  step: (x) => (x > 0 ? 1 : 0),
  squaredRelu: (x) => Math.max(x, 0) ** 2,
  gelu: (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
  tanh: Math.tanh,
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
};

const mapped: ReadonlySet<string> = new Set<MapName>(["exp", "sigmoid", "silu"]);
const isMapped = (kind: UnaryKind): kind is MapName => mapped.has(kind);

/** A gate is mapped first, and then multiplied. */
const gates: Readonly<Partial<Record<BinaryKind, MapName>>> = { siluMul: "silu", sigmoidMul: "sigmoid" };

const binary: Readonly<Record<BinaryKind, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  min: Math.min,
  max: Math.max,
  siluMul: (a, b) => a * b,
  sigmoidMul: (a, b) => a * b,
};

/** Steps through a tensor of `shape` that broadcasts into four axes: 0 where it is repeated. */
function strides(shape: Shape): [number, number, number, number] {
  const steps: [number, number, number, number] = [0, 0, 0, 0];
  let step = 1;
  for (let axis = 3, from = shape.length - 1; from >= 0; axis--, from--) {
    if (shape[from] !== 1) steps[axis] = step;
    step *= shape[from]!;
  }
  return steps;
}

export const elementwise = (
  memory: Memory,
  kernels: Kernels,
): Verbs<"unary" | "affine" | "binary" | "cast"> => ({
  unary: ({ kind, x: { data, shape, dtype } }) =>
    memory.make(shape, dtype, (o) => {
      if (isMapped(kind)) {
        o.set(data);
        mapInPlace(kernels, kind, o);
        return;
      }
      const f = unary[kind];
      for (let i = 0; i < o.length; i++) o[i] = f(data[i]!);
    }),

  affine: ({ x: { data, shape, dtype }, scale, shift }) =>
    memory.make(shape, dtype, (o) => {
      for (let i = 0; i < o.length; i++) o[i] = scale * data[i]! + shift;
    }),

  binary: ({ kind, a, b, shape, dtype }) =>
    memory.make(shape, dtype, (o) => {
      const f = binary[kind];
      const gate = gates[kind];
      const [x, y] = [gate ? floats(a).slice() : floats(a), floats(b)];
      if (gate) mapInPlace(kernels, gate, x);
      const [d0, d1, d2, d3] = [1, 1, 1, 1, ...shape].slice(-4) as [number, number, number, number];
      const [a0, a1, a2, a3] = strides(a.shape);
      const [b0, b1, b2, b3] = strides(b.shape);
      let i = 0;
      for (let i0 = 0; i0 < d0; i0++)
        for (let i1 = 0; i1 < d1; i1++)
          for (let i2 = 0; i2 < d2; i2++) {
            let ia = i0 * a0 + i1 * a1 + i2 * a2;
            let ib = i0 * b0 + i1 * b1 + i2 * b2;
            for (let i3 = 0; i3 < d3; i3++, ia += a3, ib += b3) o[i++] = f(x[ia]!, y[ib]!);
          }
    }),

  cast: ({ x: { data, shape }, dtype }) => memory.make(shape, dtype, (o) => o.set(data)),
});
