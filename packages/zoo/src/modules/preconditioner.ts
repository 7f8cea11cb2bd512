import type { Ops, Tensor } from "@webfla/ops";
import type { Varlen } from "@webfla/varlen";
import { type LayerContext, type LayerState, recurrentState, type Weights } from "../layers/layer";
import { sigmoidGate } from "./gates";

/** What the preconditioned delta rules (arXiv:2604.21100) have beyond the plain ones. */
export interface Preconditioner {
  /** The preconditioner's factors lie in [1 / squashX, squashX]. */
  readonly squashX: number;
  /** Added to the second moment before its logarithm. */
  readonly squashEps: number;
}

/** The arguments of both rules but for their streams and decays. */
export const preconditioned = <T extends Tensor>(
  ops: Ops<T>,
  weights: Weights<T>,
  x: T,
  { squashX, squashEps }: Preconditioner,
  { varlen, state, wantState }: LayerContext<T>,
) => ({
  betaAtk: sigmoidGate(ops, x, weights("b_atk_proj.weight")),
  logAtkScale: weights("log_atk_scale"),
  x: squashX,
  eps: squashEps,
  initialState: state?.tensors["recurrent"],
  initialAState: state?.tensors["moment"],
  outputFinalState: wantState,
  varlen,
});

/** The state of both rules beside that of their convolutions; undefined where none was asked for. */
export const preconditionedState = <T extends Tensor>(
  varlen: Varlen,
  { finalState, finalAState }: { readonly finalState?: T | undefined; readonly finalAState?: T | undefined },
  tensors: Readonly<Record<string, T>>,
): LayerState<T> | undefined =>
  finalState &&
  finalAState &&
  recurrentState(varlen, { recurrent: finalState, moment: finalAState, ...tensors });
