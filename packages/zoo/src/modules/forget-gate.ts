import type { Ops, Tensor } from "@webfla/ops";
import type { Shared } from "../layers/layer";

/** What the layers of a model share of their lower bounds b, each [1, width]: log b, and log b − log(1 − b). */
export const lowerBoundNames = (layer: number) => ({
  log: `lowerBound.${layer}.log`,
  logit: `lowerBound.${layer}.logit`,
});

export interface ForgetGate<T> {
  /** log f, at most 0. */
  readonly log: T; // [T, width]
  /** 1 − f */
  readonly write: T; // [T, width]
}

/**
 * f = b + (1 − b) σ(x) with the bound b of a layer, or σ(x) without; x [T, width]. Both results are exact where f is near
 * 1, because f = σ(logit b + softplus(x − log b)).
 */
export function boundedForgetGate<T extends Tensor>(
  ops: Ops<T>,
  x: T,
  shared: Shared<T>,
  layer: number | undefined,
): ForgetGate<T> {
  const z = layer ? above(ops, x, shared, layer) : x;
  return {
    log: ops.unary({ kind: "logSigmoid", x: z }),
    write: ops.unary({ kind: "sigmoid", x: ops.unary({ kind: "neg", x: z }) }),
  };
}

function above<T extends Tensor>(ops: Ops<T>, x: T, shared: Shared<T>, layer: number): T {
  const { log, logit } = lowerBoundNames(layer);
  const excess = ops.unary({ kind: "softplus", x: ops.binary({ kind: "sub", a: x, b: shared[log]! }) });
  return ops.binary({ kind: "add", a: excess, b: shared[logit]! });
}
