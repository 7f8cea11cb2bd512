import type { Ops, Tensor } from "@webfla/ops";
import type { Varlen } from "@webfla/varlen";
import {
  below,
  type LayerContext,
  type LayerResult,
  type LayerState,
  linear,
  type Shared,
  type Weights,
} from "../layers/layer";
import { positionsOf } from "../layers/positions";
import type { Architecture, Branch } from "./architecture";
import { type ModelState, modelState } from "./state";

export interface Batch<T> {
  readonly varlen: Varlen;
  /** Of the same sequences, after what came before. */
  readonly state?: ModelState<T> | undefined;
  readonly wantState: boolean;
}

/** The rows of the embedding table, f32 however it is stored: the residual stream is f32. tokens: i32 [T] */
export function embed<T extends Tensor>(
  ops: Ops<T>,
  { embeddingName }: Architecture,
  weights: Weights<T>,
  tokens: T,
): T {
  const rows = ops.gather({ x: weights(embeddingName), index: tokens });
  return rows.dtype === "f32" ? rows : ops.cast({ x: rows, dtype: "f32" });
}

/** Between the embeddings and the branches: what is shared, and the norm of the embeddings where there is one. */
export function open<T extends Tensor>(
  ops: Ops<T>,
  { prelude, embeddingNorm }: Architecture,
  weights: Weights<T>,
  x: T,
  { varlen }: Batch<T>,
): { readonly x: T; readonly shared: Shared<T> } {
  const shared = prelude?.forward(ops, weights) ?? {};
  if (!embeddingNorm) return { x, shared };
  const context = { varlen, positions: positionsOf(varlen), shared, wantState: false };
  return { x: embeddingNorm.layer.forward(ops, below(weights, embeddingNorm.name), x, context).o, shared };
}

/** x + layer(norm(x)), one step of the residual stream. */
export function residual<T extends Tensor>(
  ops: Ops<T>,
  weights: Weights<T>,
  { normName, norm, name, layer }: Branch,
  x: T,
  context: LayerContext<T>,
): LayerResult<T> {
  const normed = norm.forward(ops, below(weights, normName), x, context).o;
  const { o, ...rest } = layer.forward(ops, below(weights, name), normed, context);
  return { o: ops.binary({ kind: "add", a: x, b: o }), ...rest };
}

/** The final norm. */
export const close = <T extends Tensor>(
  ops: Ops<T>,
  { norm, normName }: Architecture,
  weights: Weights<T>,
  x: T,
  varlen: Varlen,
): T =>
  norm.forward(ops, below(weights, normName), x, {
    varlen,
    positions: positionsOf(varlen),
    shared: {},
    wantState: false,
  }).o;

/** [rows, hidden] to [rows, vocabulary]. */
export const project = <T extends Tensor>(
  ops: Ops<T>,
  { headName }: Architecture,
  weights: Weights<T>,
  hidden: T,
): T => linear(ops, hidden, weights(headName));

/**
 * Embeddings [T, hidden] f32 through every branch, before the final norm; on any `Ops`, a tape's too. Takes x over.
 */
export function runBranches<T extends Tensor>(
  ops: Ops<T>,
  architecture: Architecture,
  weights: Weights<T>,
  embeddings: T,
  batch: Batch<T>,
): { readonly x: T; readonly state: ModelState<T> | undefined } {
  const { varlen, state, wantState } = batch;
  const positions = positionsOf(varlen, state?.behind);
  const opened = open(ops, architecture, weights, embeddings, batch);
  let { x, shared } = opened;
  if (x !== embeddings) embeddings.dispose();
  const states: (LayerState<T> | undefined)[] = [];
  for (const [i, branch] of architecture.branches.entries()) {
    const context = { varlen, positions, shared, state: state?.layers[i], wantState };
    const next = ops.scope(() => residual(ops, weights, branch, x, context));
    x.dispose();
    x = next.o;
    if (next.shared) shared = { ...shared, ...next.shared };
    states.push(next.state);
  }
  return {
    x,
    state: wantState
      ? modelState({ behind: varlen.lengths.map((n, i) => n + positions.behind[i]!), layers: states })
      : undefined,
  };
}
