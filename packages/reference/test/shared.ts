import type { Shape } from "@webfla/ops";
import { elements } from "@webfla/ops";
import { type CpuTensor, createCpu } from "../src/index";

export const cpu = createCpu({ poison: true });

/** A repeatable source of numbers in [-1, 1). */
export function random(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    // the low bits of a linear congruence repeat soon
    return (state >> 8) / 2 ** 23;
  };
}

/** A tensor of numbers in [low, high). */
export function noise(rand: () => number, shape: Shape, low = -1, high = 1): CpuTensor {
  return cpu.tensor(
    Float32Array.from({ length: elements(shape) }, () => low + ((rand() + 1) / 2) * (high - low)),
    shape,
  );
}

/** The tensor's numbers, as an oracle takes them. */
export const f64 = (x: CpuTensor): Float64Array => Float64Array.from(x.data);

/** sqrt(Σ(x − y)² / Σy²), 0 where both are empty or zero. */
export function relativeError(x: ArrayLike<number>, y: ArrayLike<number>): number {
  if (x.length !== y.length) return Number.NaN;
  let [error, size] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    error += (x[i]! - y[i]!) ** 2;
    size += y[i]! ** 2;
  }
  return error === 0 ? 0 : Math.sqrt(error / size);
}
