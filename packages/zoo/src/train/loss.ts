import { type Ops, ShapeError, type Tensor } from "@webfla/ops";
import { nextTokenLabels, type Varlen } from "@webfla/varlen";
import { type Positions, positionsOf } from "../layers/positions";
import type { Architecture, Branch } from "../models/architecture";
import type { Inputs, Model } from "../models/model";
import { close, embed, open, residual } from "../models/run";
import { type ModelState, modelState } from "../models/state";
import { disposeAll, type Gradients } from "./gradients";
import { type HeadOptions, headLoss } from "./head";
import { type Flow, type Parameters, type Ran, recomputed, record, type Stage } from "./stage";

/** A packed batch to learn from. */
export type TrainBatch<T> = Inputs<T> & {
  readonly varlen: Varlen;
  /** [T] what each row should predict, -100 for nothing. Default: the next token of its document. */
  readonly labels?: Int32Array | undefined;
  /** Of the same sequences, after what came before: a constant, through which no gradient flows. It stays the caller's. */
  readonly state?: ModelState<T> | undefined;
};

export interface LossOptions extends HeadOptions {
  /** Keep only what runs between branches, and run each branch again on the way back. */
  readonly recompute?: boolean | undefined;
  /** Parameters that get a gradient. Default: all. */
  readonly trainable?: ((name: string) => boolean) | undefined;
  readonly wantState?: boolean | undefined;
}

/** Tensors belong to the caller, or to the scope around the call. */
export interface LossResult<T> {
  readonly loss: T; // [1] f32
  /** Rows with a label. */
  readonly targets: number;
  /** Of the parameters, f32. */
  readonly gradients: Gradients<T>;
  /** Where feature vectors stood in place of tokens. */
  readonly inputsEmbeds: T | undefined; // [T, hidden]
  readonly state: ModelState<T> | undefined;
}

/** The labels of a batch: its own, or the next tokens. Throws ShapeError where they do not fit. */
export function labelsOf({ labels, tokens, varlen }: TrainBatch<unknown>): Int32Array {
  if (!labels && tokens) return nextTokenLabels(tokens, varlen);
  if (labels?.length !== varlen.totalTokens)
    throw new ShapeError(
      `lossAndGradients: labels must number ${varlen.totalTokens} (the batch's tokens), got ${labels?.length ?? "none"}. Give one for each row; inputsEmbeds have no next tokens.`,
    );
  return labels;
}

/**
 * Cross entropy of a packed batch and its gradient with respect to every parameter. Records and returns at once; the
 * logits of the whole batch never exist. Throws ShapeError for inputs, labels or a state of another batch.
 */
export function lossAndGradients<T extends Tensor>(
  model: Model<T>,
  batch: TrainBatch<T>,
  options: LossOptions = {},
): LossResult<T> {
  const { ops, weights } = model;
  const { recompute = false, trainable = () => true, wantState = false } = options;
  const labels = labelsOf(batch);
  model.check(batch);
  const gradients: Gradients<T> = new Map();
  const ran: Ran<T>[] = [];
  let grad: T | undefined;
  let shared: Gradients<T> = new Map();
  try {
    return ops.scope(() => {
      const { varlen, state } = batch;
      const positions = positionsOf(varlen, state?.behind);
      const parameters: Parameters<T> = { ops, weights, trainable, gradients };
      const run = recompute ? recomputed : record;

      let flow: Flow<T> = { x: batch.inputsEmbeds, shared: {} };
      for (const { stage, branch } of stagesOf(model.architecture, batch, positions)) {
        const next = run(parameters, stage, flow, { state: state?.layers[branch], wantState });
        flow = { x: next.x, shared: { ...flow.shared, ...next.shared } };
        ran.push(next);
      }
      const head = headLoss(parameters, model.architecture, flow.x!, labels, options);
      const layers = ran.slice(1, -1).map((branch) => branch.state);

      grad = head.grad;
      for (let last = ran.at(-1); last; last = ran.at(-1)) {
        const before = last.back({ x: grad!, shared });
        grad!.dispose();
        disposeAll(shared);
        last.dispose();
        ran.pop();
        ({ x: grad, shared } = before);
      }
      return {
        loss: head.loss,
        targets: head.targets,
        gradients: new Map([...gradients].map(([name, x]) => [name, ownedByScope(ops, x)])),
        inputsEmbeds: grad && ownedByScope(ops, grad),
        state: wantState
          ? modelState({ behind: varlen.lengths.map((n, i) => n + positions.behind[i]!), layers })
          : undefined,
      };
    });
  } catch (error) {
    for (const left of ran) left.dispose();
    grad?.dispose();
    for (const sums of [shared, gradients]) disposeAll(sums);
    throw error;
  }
}

/** A model piece by piece: what comes before the branches, the branches, the final norm. */
function stagesOf(
  architecture: Architecture,
  { tokens, varlen }: TrainBatch<unknown>,
  positions: Positions,
): readonly { readonly stage: Stage; readonly branch: number }[] {
  const opening: Stage = (ops, weights, { x }, { wantState }) => {
    const embeddings = tokens ? embed(ops, architecture, weights, ops.tensor(tokens, [tokens.length])) : x!;
    return open(ops, architecture, weights, embeddings, { varlen, wantState });
  };
  const through =
    (branch: Branch): Stage =>
    (ops, weights, { x, shared }, options) => {
      const { o, ...rest } = residual(ops, weights, branch, x!, { varlen, positions, shared, ...options });
      return { x: o, ...rest };
    };
  const closing: Stage = (ops, weights, { x }) => ({ x: close(ops, architecture, weights, x!, varlen) });
  return [opening, ...architecture.branches.map(through), closing].map((stage, i) => ({
    stage,
    branch: i - 1,
  }));
}

/** A handle that the scope around the call knows of. */
function ownedByScope<T extends Tensor>(ops: Ops<T>, x: T): T {
  const handle = ops.reshape(x, x.shape);
  x.dispose();
  return handle;
}
