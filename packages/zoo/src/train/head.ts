import type { Tensor } from "@webfla/ops";
import { IGNORE_INDEX } from "@webfla/varlen";
import type { Architecture } from "../models/architecture";
import { project } from "../models/run";
import { type Parameters, record, type Stage } from "./stage";

export interface HeadOptions {
  /** What the sum of losses is divided by. Default: the batch's rows with a label, so that the loss is their mean. */
  readonly targets?: number | undefined;
  readonly labelSmoothing?: number | undefined;
  /** Weight of (log Σ exp(logits))², which keeps logits small (Chowdhery et al. 2022, arXiv:2204.02311). */
  readonly zLoss?: number | undefined;
  /** Most rows that are projected to the vocabulary at once. Default: as many as make 2²⁴ logits. */
  readonly lossRows?: number | undefined;
  /** What gradients, but not the loss, are multiplied by. Default 1. */
  readonly lossScale?: number | undefined;
}

/** Rows with a label. */
export const countTargets = (labels: Int32Array): number =>
  labels.reduce((count, label) => count + Number(label !== IGNORE_INDEX), 0);

const LOGITS = 2 ** 24;

/** 0..count in runs of at most so many; an empty one for nothing. */
const runs = (count: number, most: number): readonly { readonly start: number; readonly end: number }[] =>
  Array.from({ length: Math.max(1, Math.ceil(count / most)) }, (_, i) => ({
    start: i * most,
    end: Math.min((i + 1) * most, count),
  }));

/** The loss of hidden rows [T, hidden] and the gradient that flows into them, a chunk of rows at a time. */
export function headLoss<T extends Tensor>(
  parameters: Parameters<T>,
  architecture: Architecture,
  hidden: T,
  labels: Int32Array,
  { targets, labelSmoothing, zLoss, lossRows, lossScale = 1 }: HeadOptions,
): { readonly loss: T; readonly targets: number; readonly grad: T } {
  const { ops } = parameters;
  const rows = lossRows ?? Math.max(1, Math.floor(LOGITS / architecture.vocabSize));
  const counted = countTargets(labels);
  // a batch without targets has no loss
  const share = 1 / Math.max(targets ?? counted, 1);
  const [losses, grads]: [T[], T[]] = [[], []];
  for (const { start, end } of runs(labels.length, rows)) {
    const wanted = labels.subarray(start, end);
    const stage: Stage = (on, weights, { x }) => ({
      x: on.crossEntropy({
        logits: project(on, architecture, weights, x!),
        targets: on.tensor(wanted, [end - start]),
        ignoreIndex: IGNORE_INDEX,
        labelSmoothing,
        zLoss,
      }),
    });
    const x = ops.slice({ x: hidden, axis: 0, start, end });
    const ran = record(parameters, stage, { x, shared: {} }, { wantState: false });
    losses.push(ops.reduce({ kind: "sum", x: ran.x }));
    const seed = ops.full(share * lossScale, [end - start]);
    grads.push(ran.back({ x: seed, shared: new Map() }).x!);
    for (const done of [ran, seed, x]) done.dispose();
  }
  const sum = ops.reduce({
    kind: "sum",
    x: ops.concat({ xs: losses.map((x) => ops.reshape(x, [1])), axis: 0 }),
  });
  const grad = ops.concat({ xs: grads, axis: 0 });
  for (const x of grads) x.dispose();
  return { loss: ops.affine({ x: ops.reshape(sum, [1]), scale: share }), targets: counted, grad };
}
