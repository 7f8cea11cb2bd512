import type { Ops, Tensor } from "@webfla/ops";

/** x + mu · delta: with delta = previous − x, between each token and the one before it. mu [D] or [T, D] */
export const mix = <T extends Tensor>(ops: Ops<T>, x: T, delta: T, mu: T): T =>
  ops.binary({ kind: "add", a: x, b: ops.binary({ kind: "mul", a: delta, b: mu }) });
