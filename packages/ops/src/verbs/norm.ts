import { expectFinite, expectFloat, expectInteger, expectShape } from "../check";
import { ShapeError } from "../errors";
import { showShape, type Tensor } from "../tensor";

/**
 * Normalises the last axis, whole or in groups.
 * rms: x / sqrt(mean x² + eps); layer: (x − mean) / sqrt(var + eps); l2: x / sqrt(sum x² + eps).
 * With a gate: norm(x) · weight · act(gate), or, with gateFirst, norm(x · act(gate)) · weight.
 */
export interface NormArgs<T> {
  readonly kind: "rms" | "layer" | "l2";
  readonly x: T; // [..., D]
  readonly weight?: T | undefined; // [D]
  readonly bias?: T | undefined; // [D]
  readonly eps: number;
  /** Channels normalised together; divides D. Default D. */
  readonly groupSize?: number | undefined;
  readonly gate?: T | undefined; // as x
  readonly activation?: "silu" | "sigmoid" | undefined;
  readonly gateFirst?: boolean | undefined;
}

export interface CheckedNorm<T> extends NormArgs<T> {
  readonly groupSize: number;
  readonly activation: "silu" | "sigmoid";
  readonly gateFirst: boolean;
}

export function checkNorm<T extends Tensor>(args: NormArgs<T>): CheckedNorm<T> {
  const { x, weight, bias, gate, eps, activation = "silu", gateFirst = false } = args;
  expectFloat("norm", { x, weight, bias, gate });
  const D = x.shape.at(-1);
  if (!D)
    throw new ShapeError(
      `norm: x must have a last axis that is not empty, got ${showShape(x.shape)}. Reshape it.`,
    );
  if (weight) expectShape("norm", "weight", weight, [D], "One for each channel of the last axis.");
  if (bias) expectShape("norm", "bias", bias, [D], "One for each channel of the last axis.");
  if (gate) expectShape("norm", "gate", gate, x.shape, "A gate has x's shape.");
  expectFinite("norm", "eps", eps);
  const groupSize = args.groupSize ?? D;
  expectInteger("norm", "groupSize", groupSize, 1, D);
  if (D % groupSize !== 0)
    throw new ShapeError(`norm: groupSize must divide ${D}, got ${groupSize}. Choose a divisor.`);
  return { ...args, groupSize, activation, gateFirst };
}
