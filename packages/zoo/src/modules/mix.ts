import type { Ops, SequenceResult, Tensor } from "@webfla/ops";
import type { LayerContext } from "../layers/layer";

/** delta = previous − x inside each document, [T, D]; its state is kept as `shift` [N, D]. */
export const shift = <T extends Tensor>(
  ops: Ops<T>,
  x: T,
  { varlen, state, wantState }: LayerContext<T>,
): SequenceResult<T> =>
  ops.tokenShift({ x, cache: state?.tensors["shift"], outputFinalState: wantState, varlen });

/** x + mu · delta: between each token and the one before it. mu [D] or [T, D] */
export const mix = <T extends Tensor>(ops: Ops<T>, x: T, delta: T, mu: T): T =>
  ops.binary({ kind: "add", a: x, b: ops.binary({ kind: "mul", a: delta, b: mu }) });
