import { ShapeError } from "@webfla/ops";
import { IGNORE_INDEX, pack, type Varlen } from "@webfla/varlen";
import { type DocumentSource, type Drawn, drawDocuments } from "./corpus";

/** How far a run has read; what a checkpoint keeps to go on from the very next token. */
export interface DataPosition {
  readonly epoch: number;
  /** Of the document that the next batch opens with, in the epoch's order or in the stream. */
  readonly index: number;
  /** Of that document's tokens, those that are done. */
  readonly offset: number;
}

export interface BatchOptions {
  /** Most tokens of a batch. */
  readonly tokenBudget: number;
  /**
   * "cut": documents lie end to end, one that does not fit goes on in the next batch, and every batch is full.
   * "whole": a document is in one batch, and a batch ends before one that does not fit. Default "cut".
   */
  readonly documents?: "cut" | "whole" | undefined;
  /** Times that a corpus is read. Default: without end. */
  readonly epochs?: number | undefined;
  /** A corpus is shuffled anew each epoch. Default: the order given. */
  readonly seed?: number | undefined;
  readonly from?: DataPosition | undefined;
}

export interface PackedBatch {
  readonly tokens: Int32Array; // [T]
  /** [T] the next token of the document, of a cut one too; -100 at a document's end. */
  readonly labels: Int32Array;
  readonly varlen: Varlen;
  /** Whether the first sequence goes on where the last one of the batch before was cut. */
  readonly continues: boolean;
  /** Where the next batch begins. */
  readonly position: DataPosition;
  /** Tokens over the budget. */
  readonly fillRatio: number;
}

export const START: DataPosition = { epoch: 0, index: 0, offset: 0 };

/**
 * Documents as packed batches under a token budget, for as long as there are any; a stream that never ends serves
 * online learning. The same options give the same batches, and `from` goes on where a run was stopped. A document of
 * one token is passed over: there is nothing to predict in it. Throws ShapeError for a document over the budget that
 * must not be cut.
 */
export async function* packedBatches(
  source: DocumentSource,
  { tokenBudget, documents = "cut", epochs, seed, from = START }: BatchOptions,
): AsyncGenerator<PackedBatch, void, undefined> {
  if (!Number.isSafeInteger(tokenBudget) || tokenBudget < 2)
    throw new ShapeError(
      `train: tokenBudget must be an integer from 2, got ${tokenBudget}. Give batches room.`,
    );
  let batch = new Batch(tokenBudget, from.offset > 0);
  let offset = from.offset;
  for await (const drawn of drawDocuments(source, { epochs, seed, from })) {
    const { tokens, epoch, index } = drawn;
    if (documents === "whole") {
      if (tokens.length > tokenBudget) throw tooLong(drawn, tokenBudget);
      if (tokens.length > batch.room) {
        yield batch.done({ epoch, index, offset: 0 });
        batch = new Batch(tokenBudget, false);
      }
    }
    // the last token of a document is only ever a label where it opens a batch
    while (tokens.length - offset > 1) {
      if (batch.room === 0) {
        yield batch.done({ epoch, index, offset });
        batch = new Batch(tokenBudget, offset > 0);
      }
      offset += batch.add(tokens, offset);
    }
    offset = 0;
    if (batch.room === 0) {
      yield batch.done({ epoch, index: index + 1, offset: 0 });
      batch = new Batch(tokenBudget, false);
    }
  }
  if (batch.filled) yield batch.done({ epoch: epochs ?? 0, index: 0, offset: 0 });
}

function tooLong({ tokens, index }: Drawn, budget: number): ShapeError {
  return new ShapeError(
    `train: documents must have at most tokenBudget = ${budget} tokens to stay whole, got ${tokens.length} in document ${index}. Raise the budget, or let documents be cut.`,
  );
}

/** A batch being filled. */
class Batch {
  readonly #pieces: Int32Array[] = [];
  readonly #labels: number[] = [];
  #tokens = 0;

  constructor(
    readonly budget: number,
    readonly continues: boolean,
  ) {}

  get room(): number {
    return this.budget - this.#tokens;
  }

  get filled(): boolean {
    return this.#tokens > 0;
  }

  /** Takes as many of a document's tokens as there is room for, and says how many. */
  add(document: Int32Array, offset: number): number {
    const piece = document.subarray(offset, offset + this.room);
    this.#pieces.push(piece);
    this.#tokens += piece.length;
    for (let t = offset + 1; t <= offset + piece.length; t++) this.#labels.push(document[t] ?? IGNORE_INDEX);
    return piece.length;
  }

  done(position: DataPosition): PackedBatch {
    const { tokens, varlen } = pack(this.#pieces);
    return {
      tokens,
      varlen,
      labels: Int32Array.from(this.#labels),
      continues: this.continues,
      position,
      fillRatio: this.#tokens / this.budget,
    };
  }
}
