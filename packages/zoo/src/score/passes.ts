import { ShapeError, type Tensor } from "@webfla/ops";
import { pack, prefillSteps, type Varlen } from "@webfla/varlen";
import { turn } from "../engine/turn";
import { throwIfAborted } from "../errors";
import { blankState } from "../models/blank";
import type { HiddenArgs, Model } from "../models/model";
import { concatStates, type ModelState, selectState } from "../models/state";

/** Documents are cut at multiples of this, a kernel's chunk, so that the cuts change no sum. */
const ALIGNMENT = 64;

export interface PassOptions {
  /** Most tokens of one forward pass; longer documents are run in parts, their state carried. Default 4096. */
  readonly tokenBudget?: number | undefined;
  /** Called after every pass. */
  readonly onProgress?: ((progress: PassProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PassProgress {
  /** Documents that are done, of all. */
  readonly done: number;
  readonly total: number;
  readonly tokens: number;
  readonly totalTokens: number;
}

/** One forward pass over parts of documents. */
export interface Pass {
  /** Of the packed documents. */
  readonly start: number;
  readonly end: number;
  /** [n] the document of each of the pass's sequences. */
  readonly documents: Uint32Array;
  readonly varlen: Varlen;
}

/** What a pass has recorded; its tensors belong to the scope around it. */
export interface Recorded<T> {
  readonly result: T;
  readonly state: ModelState<T> | undefined;
}

/**
 * Runs packed documents in their order, a budget of tokens at a time: `record` runs a pass, `take` gets the numbers of its
 * result. Between passes no more stays on the device than one document's state, however long the documents are.
 */
export async function runPasses<T extends Tensor>(
  op: string,
  model: Model<T>,
  sequences: readonly Int32Array[],
  { tokenBudget = 4096, onProgress, signal }: PassOptions,
  record: (batch: HiddenArgs<T>, pass: Pass) => Recorded<T>,
  take: (values: Float32Array, pass: Pass) => void,
): Promise<void> {
  if (!Number.isSafeInteger(tokenBudget) || tokenBudget < 1)
    throw new ShapeError(
      `${op}: tokenBudget must be an integer from 1, got ${tokenBudget}. Correct the option.`,
    );
  if (sequences.length === 0) return;
  const { ops } = model;
  const all = pack(sequences);
  const totalTokens = all.varlen.totalTokens;
  const steps = prefillSteps(all.varlen, { budget: tokenBudget, align: Math.min(ALIGNMENT, tokenBudget) });
  /** Of the document that the pass before did not finish. */
  let carried: ModelState<T> | undefined;
  let varlen: Varlen | undefined;
  try {
    for (const { start, end, finishes, sequence: documents, ...step } of steps) {
      throwIfAborted(op, signal);
      const last = documents.length - 1;
      // a device keeps index tables by the batch: parts that look alike share them
      varlen = varlen && sameLengths(varlen, step.varlen) ? varlen : step.varlen;
      const tokens = all.tokens.subarray(start, end);
      const pass: Pass = { start, end, documents, varlen };
      const made = ops.scope(() => {
        const state = carried && continued(model, carried, last);
        const wantState = finishes[last] === 0;
        const { result, state: after } = record({ tokens, varlen: pass.varlen, state, wantState }, pass);
        return { result, carried: after && selectState(ops, after, [last]) };
      });
      carried?.dispose();
      carried = made.carried;
      try {
        take((await ops.read(made.result)) as Float32Array, pass);
      } finally {
        made.result.dispose();
      }
      const done = documents[last]! + finishes[last]!;
      onProgress?.({ done, total: sequences.length, tokens: end, totalTokens });
      await turn();
    }
  } finally {
    carried?.dispose();
  }
}

/** The state of a document that goes on, followed by those of others that begin. */
const continued = <T extends Tensor>(
  model: Model<T>,
  carried: ModelState<T>,
  others: number,
): ModelState<T> => {
  if (others === 0) return carried;
  const blank = blankState(model);
  return concatStates(model.ops, [carried, selectState(model.ops, blank, new Array<number>(others).fill(0))]);
};

const sameLengths = (a: Varlen, b: Varlen): boolean =>
  a.sequences === b.sequences && a.lengths.every((n, i) => n === b.lengths[i]);
