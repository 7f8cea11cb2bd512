import { ShapeError, type Tensor } from "@webfla/ops";
import type { Model } from "../models/model";
import { type PassOptions, runPasses } from "../score/passes";

/** Of a document's hidden states after the final norm: their mean, or the last one. */
export type Pooling = "mean" | "last";

export interface EmbedOptions extends PassOptions {
  /** Default "mean". */
  readonly pooling?: Pooling | undefined;
  /** Whether vectors get length 1. Default true. */
  readonly normalize?: boolean | undefined;
}

/**
 * A vector [hidden] for each document, in their order, zeros for an empty one. Documents are packed into forward passes of
 * at most `tokenBudget` tokens, those that are longer in parts. Throws AbortedError once the signal fires.
 */
export async function embed<T extends Tensor>(
  model: Model<T>,
  sequences: readonly Int32Array[],
  { pooling = "mean", normalize = true, ...options }: EmbedOptions = {},
): Promise<readonly Float32Array[]> {
  if (pooling !== "mean" && pooling !== "last")
    throw new ShapeError(
      `embed: pooling must be "mean" or "last", got ${String(pooling)}. Correct the option.`,
    );
  const { ops, architecture } = model;
  const size = architecture.hiddenSize;
  const sums = sequences.map(() => new Float64Array(size));
  await runPasses(
    "embed",
    model,
    sequences,
    options,
    (batch) => {
      if (pooling === "last") {
        const { hidden, state } = model.hidden({ ...batch, rows: "last" });
        return { result: hidden, state };
      }
      const { hidden, state } = model.hidden(batch);
      const { seqIdx, totalTokens, sequences } = batch.varlen;
      const index = ops.tensor(Int32Array.from(seqIdx), [totalTokens]);
      return { result: ops.scatterAdd({ rows: hidden, index, count: sequences }), state };
    },
    (values, { documents, varlen: { lengths } }) => {
      for (const [n, d] of documents.entries()) {
        const row = values.subarray(n * size, (n + 1) * size);
        // the last token is the last part's
        if (pooling === "last" && lengths[n]) sums[d]!.set(row);
        else if (pooling === "mean") for (const [i, x] of row.entries()) sums[d]![i]! += x;
      }
    },
  );
  return sums.map((sum, d) => Float32Array.from(scaled(sum, pooling, sequences[d]!.length, normalize)));
}

function scaled(sum: Float64Array, pooling: Pooling, length: number, normalize: boolean): Float64Array {
  const norm = Math.hypot(...sum);
  const by = normalize ? norm : pooling === "mean" ? length : 1;
  return by ? sum.map((x) => x / by) : sum;
}
