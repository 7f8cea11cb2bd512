import type { Tensor } from "@webfla/ops";
import { Model } from "../models/model";

/** An exponential moving average of a model's parameters: a model itself, f32, to evaluate or save. */
export function averageOf<T extends Tensor>(model: Model<T>): Model<T> {
  const { ops, architecture, parameters, stored } = model;
  const copies = [...parameters].map(([name, x]) => [name, ops.cast({ x, dtype: "f32" })] as const);
  return new Model(ops, architecture, new Map(copies), stored);
}

/** average ← decay · average + (1 − decay) · model */
export function updateAverage<T extends Tensor>(average: Model<T>, model: Model<T>, decay: number): void {
  const { ops, parameters } = average;
  for (const [name, before] of parameters) {
    const x = model.parameters.get(name)!;
    const next = ops.scope(() => {
      const away = ops.binary({ kind: "sub", a: x, b: before });
      return ops.binary({ kind: "add", a: before, b: ops.affine({ x: away, scale: 1 - decay }) });
    });
    parameters.set(name, next);
    before.dispose();
  }
}
