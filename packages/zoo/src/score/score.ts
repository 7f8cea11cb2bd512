import { ShapeError, type Tensor } from "@webfla/ops";
import { nextTokenLabels, pack } from "@webfla/varlen";
import type { Model } from "../models/model";
import { project } from "../models/run";
import { type PassOptions, type PassProgress, runPasses } from "./passes";

export interface ScoreOptions extends Omit<PassOptions, "onProgress"> {
  /** Bytes of each document's predicted text, for bits per byte. */
  readonly bytes?: readonly number[] | undefined;
  /** Called after every pass; `scored` documents are done, of `total`. */
  readonly onProgress?: ((progress: ScoreProgress) => void) | undefined;
}

export type ScoreProgress = Omit<PassProgress, "done"> & { readonly scored: number };

/** How well a model predicts a document. */
export interface Score {
  /** Negative log-likelihood of all tokens but the first. */
  readonly nats: number;
  /** Tokens predicted: one fewer than the document has. */
  readonly tokens: number;
  /** 0 where nothing was predicted. */
  readonly bitsPerToken: number;
  /** Where `bytes` was given. */
  readonly bitsPerByte: number | undefined;
}

/**
 * Scores documents in packed forward passes of at most `tokenBudget` tokens, those that are longer in parts; scores come in
 * the order of the documents, whatever the packing. What it takes of the device does not depend on their lengths.
 */
export async function score<T extends Tensor>(
  model: Model<T>,
  sequences: readonly Int32Array[],
  { bytes, onProgress, ...options }: ScoreOptions = {},
): Promise<readonly Score[]> {
  if (bytes && bytes.length !== sequences.length)
    throw new ShapeError(
      `score: bytes must have ${sequences.length} entries, got ${bytes.length}. One for each document.`,
    );
  const labels = sequences.length ? labelsOf(sequences) : new Int32Array(0);
  const nats = new Float64Array(sequences.length);
  await runPasses(
    "score",
    model,
    sequences,
    {
      ...options,
      onProgress: onProgress && (({ done, ...rest }) => onProgress({ scored: done, ...rest })),
    },
    (batch, { start, end }) => {
      const { hidden, state } = model.hidden(batch);
      return { result: losses(model, hidden, labels.subarray(start, end)), state };
    },
    (values, { documents, varlen: { seqIdx } }) => {
      for (const [t, loss] of values.entries()) nats[documents[seqIdx[t]!]!]! += loss;
    },
  );
  return sequences.map((sequence, d) => {
    const tokens = Math.max(0, sequence.length - 1);
    const bits = nats[d]! / Math.LN2;
    return {
      nats: nats[d]!,
      tokens,
      bitsPerToken: per(bits, tokens),
      bitsPerByte: bytes && per(bits, bytes[d]!),
    };
  });
}

const per = (bits: number, count: number): number => (count ? bits / count : 0);

function labelsOf(sequences: readonly Int32Array[]): Int32Array {
  const { tokens, varlen } = pack(sequences);
  return nextTokenLabels(tokens, varlen);
}

/** Logits that exist at once. */
const LOGITS = 2 ** 24;

/** The cross entropy of hidden rows, a chunk of rows at a time. hidden [T, hidden] */
function losses<T extends Tensor>(
  { ops, architecture, weights }: Model<T>,
  hidden: T,
  labels: Int32Array,
): T {
  const chunk = Math.max(1, Math.floor(LOGITS / architecture.vocabSize));
  const starts = Array.from({ length: Math.max(1, Math.ceil(labels.length / chunk)) }, (_, i) => i * chunk);
  const parts = starts.map((start) =>
    ops.scope(() => {
      const targets = labels.subarray(start, start + chunk);
      const rows = ops.slice({ x: hidden, axis: 0, start, end: start + targets.length });
      const logits = project(ops, architecture, weights, rows);
      return ops.crossEntropy({ logits, targets: ops.tensor(targets, [targets.length]) });
    }),
  );
  return parts.length === 1 ? parts[0]! : ops.concat({ xs: parts, axis: 0 });
}
