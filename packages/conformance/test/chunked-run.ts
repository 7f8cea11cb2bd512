import type { Ops, Tensor } from "@webfla/ops";
import { createCpu } from "@webfla/reference";
import { expect } from "vitest";
import { type Call, draw, type Law, type Shape, show } from "./chunked-cases";
import { compute, type Results, relativeError } from "./verbs/compare";
import type { Maker } from "./verbs/maker";

export const cpu = createCpu({ poison: true });
/** Lengths about a chunk of 16. */
export const small: Shape = { lengths: [0, 15, 1, 16, 17, 35], H: 1, HV: 2, K: 5, V: 3, steps: 1 };
export const gated: Law = { decay: "scalar", erase: "delta beta key", read: "after" };

/** Other arguments than were drawn. */
export type Change = <T extends Tensor>(m: Maker<T>, call: Call<T>) => Call<T>;
const asDrawn: Change = (_, call) => call;

/** o and finalState of a drawn call. */
export const run = <T extends Tensor>(
  ops: Ops<T>,
  law: Law,
  shape: Shape,
  storage: "f32" | "f16" = "f32",
  change: Change = asDrawn,
): Promise<Results> =>
  compute(
    ops,
    {
      name: `${show(law)} ${shape.lengths}`,
      run: (m) => ({ ...m.ops.linearAttention(change(m, draw(m, law, shape))) }),
    },
    storage,
  );

export function expectClose(got: Results, want: Results, tolerance: number): void {
  for (const name of ["o", "finalState"])
    expect.soft(relativeError(got[name]!, want[name]!), name).toBeLessThan(tolerance);
}
