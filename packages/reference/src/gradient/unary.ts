import type { UnaryKind } from "@webfla/ops";
import { floats, type Memory } from "../backend/memory";
import { erf } from "../backend/special";
import type { Backward } from "./backward";

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** The slopes of gates and activations. */
export const slopes: Readonly<Record<UnaryKind, (x: number) => number>> = {
  neg: () => -1,
  exp: Math.exp,
  log: (x) => 1 / x,
  sqrt: (x) => 0.5 / Math.sqrt(x),
  rsqrt: (x) => -0.5 / (x * Math.sqrt(x)),
  reciprocal: (x) => -1 / (x * x),
  square: (x) => 2 * x,
  abs: Math.sign,
  sigmoid: (x) => sigmoid(x) * sigmoid(-x),
  logSigmoid: (x) => sigmoid(-x),
  softplus: sigmoid,
  silu: (x) => sigmoid(x) * (1 + x * sigmoid(-x)),
  relu: (x) => (x > 0 ? 1 : 0),
  step: () => 0,
  squaredRelu: (x) => 2 * Math.max(x, 0),
  gelu: (x) => 0.5 * (1 + erf(x * Math.SQRT1_2)) + (x * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI),
  tanh: (x) => 1 - Math.tanh(x) ** 2,
  elu: (x) => (x > 0 ? 1 : Math.exp(x)),
};

export const values = { sigmoid, silu: (x: number): number => x * sigmoid(x) };

export const unary = (memory: Memory): Backward<"unary"> => ({
  unary: ({ args: { kind, x }, grad }) => ({
    x: memory.make(x.shape, "f32", (o) => {
      const [data, d, slope] = [floats(x), floats(grad), slopes[kind]];
      for (let i = 0; i < o.length; i++) o[i] = d[i]! * slope(data[i]!);
    }),
  }),
});
