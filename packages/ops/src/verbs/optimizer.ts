import { expectDType, expectFinite, expectFloat, expectInteger, expectShape } from "../check";
import { ShapeError } from "../errors";
import type { Tensor } from "../tensor";

/**
 * A step of AdamW (Loshchilov & Hutter 2019, arXiv:1711.05101) with g = gradScale · grad:
 * m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g²,
 * param ← (1 − lr weightDecay) param − lr m̂ / (√v̂ + eps), m̂ = m / (1 − β₁^step), v̂ = v / (1 − β₂^step).
 * Where gradScale is not finite nothing changes: the step is skipped without the host.
 */
export interface AdamwArgs<T> {
  readonly param: T;
  readonly grad: T; // as param
  readonly m: T; // as param, f32
  readonly v: T; // as param, f32
  readonly gradScale: T; // [1] f32
  readonly lr: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
  /** From 1. */
  readonly step: number;
}

export interface AdamwResult<T> {
  readonly param: T;
  readonly m: T; // f32
  readonly v: T; // f32
}

export function checkAdamw<T extends Tensor>(args: AdamwArgs<T>): AdamwArgs<T> {
  const op = "adamw";
  const { param, grad, m, v, gradScale, lr, eps, weightDecay, beta1, beta2, step } = args;
  expectFloat(op, { param, grad });
  expectShape(op, "grad", grad, param.shape, "A gradient has its parameter's shape.");
  for (const [name, x] of Object.entries({ m, v })) {
    expectShape(op, name, x, param.shape, "A moment has its parameter's shape.");
    expectDType(op, name, x, ["f32"]);
  }
  expectShape(op, "gradScale", gradScale, [1], "One factor for all of the gradient.");
  expectDType(op, "gradScale", gradScale, ["f32"]);
  for (const [name, x] of Object.entries({ lr, eps, weightDecay })) expectFinite(op, name, x);
  for (const [name, x] of Object.entries({ beta1, beta2 }))
    if (!(x >= 0 && x < 1))
      throw new ShapeError(`${op}: ${name} must lie in [0, 1), got ${x}. Correct the argument.`);
  expectInteger(op, "step", step, 1, Number.MAX_SAFE_INTEGER);
  return args;
}
