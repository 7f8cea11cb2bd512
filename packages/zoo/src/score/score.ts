import { ShapeError, type Tensor } from "@webfla/ops";
import { nextTokenLabels, pack, packRows } from "@webfla/varlen";
import { throwIfAborted } from "../errors";
import type { Model } from "../models/model";

export interface ScoreOptions {
  /** Most tokens of one forward pass; documents are not split, and one that is longer is an error. Default: all at once. */
  readonly tokenBudget?: number | undefined;
  /** Bytes of each document's predicted text, for bits per byte. */
  readonly bytes?: readonly number[] | undefined;
  /** Called after every pass. */
  readonly onProgress?: ((progress: { readonly scored: number; readonly total: number }) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

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

/** Scores documents in packed forward passes; scores come in the order of the documents, whatever the packing. */
export async function score<T extends Tensor>(
  model: Model<T>,
  sequences: readonly Int32Array[],
  { tokenBudget, bytes, onProgress, signal }: ScoreOptions = {},
): Promise<readonly Score[]> {
  if (bytes && bytes.length !== sequences.length)
    throw new ShapeError(
      `score: bytes must have ${sequences.length} entries, got ${bytes.length}. One for each document.`,
    );
  const lengths = sequences.map((s) => s.length);
  const budget =
    tokenBudget ??
    Math.max(
      1,
      lengths.reduce((sum, n) => sum + n, 0),
    );
  const nats = new Float64Array(sequences.length);
  let scored = 0;
  for (const row of packRows(lengths, { budget }).rows) {
    throwIfAborted("score", signal);
    const documents = [...row].sort((a, b) => a - b);
    const losses = await scorePacked(
      model,
      documents.map((d) => sequences[d]!),
    );
    for (const [i, d] of documents.entries()) nats[d] = losses[i]!;
    scored += documents.length;
    onProgress?.({ scored, total: sequences.length });
  }
  return sequences.map((_, d) => {
    const tokens = Math.max(0, lengths[d]! - 1);
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

/** Nats of each sequence. */
async function scorePacked<T extends Tensor>(
  model: Model<T>,
  sequences: readonly Int32Array[],
): Promise<readonly number[]> {
  const { ops } = model;
  const { tokens, varlen } = pack(sequences);
  const losses = ops.scope(() => {
    const { logits } = model.forward({ tokens, varlen });
    const targets = ops.tensor(nextTokenLabels(tokens, varlen), [varlen.totalTokens]);
    return ops.crossEntropy({ logits, targets });
  });
  try {
    const values = (await ops.read(losses)) as Float32Array;
    return sequences.map((_, n) =>
      values.subarray(varlen.cuSeqlens[n], varlen.cuSeqlens[n + 1]).reduce((sum, x) => sum + x, 0),
    );
  } finally {
    losses.dispose();
  }
}
