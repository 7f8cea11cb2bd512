import { ShapeError } from "@webfla/ops";
import { randomStream } from "../../generate/random";

/** Documents that can be taken in any order, each a list of token ids. */
export interface Corpus {
  readonly length: number;
  document(index: number): Int32Array;
}

/** What a run learns from: a corpus, read again and again, or a stream that may never end and is read once. */
export type DocumentSource = readonly Int32Array[] | Corpus | AsyncIterable<Int32Array>;

/** A document as it comes, and where it comes from. */
export interface Drawn {
  readonly tokens: Int32Array;
  readonly epoch: number;
  /** Its place in the epoch's order, or in the stream. */
  readonly index: number;
}

export interface DrawOptions {
  /** Times that a corpus is read. Default: without end. */
  readonly epochs?: number | undefined;
  /** A corpus is shuffled anew each epoch, as this seed has it. Default: the order given. */
  readonly seed?: number | undefined;
  /** Where to begin. A stream is expected to begin there itself. */
  readonly from?: { readonly epoch: number; readonly index: number } | undefined;
}

/**
 * Documents in pieces of at most so many tokens, each opened by its document's first token: a batch of many short sequences in place of a few long
 * ones. Throws ShapeError for a size below 2.
 */
export function excerpts(documents: readonly Int32Array[], size: number): Int32Array[] {
  if (!Number.isSafeInteger(size) || size < 2)
    throw new ShapeError(`train: excerpt must be an integer from 2, got ${size}. Give pieces room.`);
  return documents.flatMap((document) => {
    const pieces = Math.max(1, Math.ceil((document.length - 1) / (size - 1)));
    return Array.from({ length: pieces }, (_, i) => {
      const piece = document.slice(i * (size - 1), (i + 1) * (size - 1) + 1);
      piece[0] = document[0]!;
      return piece;
    });
  });
}

const isStream = (source: DocumentSource): source is AsyncIterable<Int32Array> =>
  Symbol.asyncIterator in source;

const corpusOf = (source: readonly Int32Array[] | Corpus): Corpus =>
  "document" in source ? source : { length: source.length, document: (i) => source[i]! };

/** The order of an epoch: Fisher and Yates' shuffle by the seed's own stream of that epoch. */
export function epochOrder(length: number, seed: number, epoch: number): Uint32Array {
  const order = Uint32Array.from({ length }, (_, i) => i);
  const random = randomStream((seed + epoch * 0x9e3779b1) % Number.MAX_SAFE_INTEGER);
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** The documents of a source, one by one; empty ones are left out. Throws ShapeError for a corpus without any token. */
export async function* drawDocuments(
  source: DocumentSource,
  { epochs = Number.POSITIVE_INFINITY, seed, from = { epoch: 0, index: 0 } }: DrawOptions = {},
): AsyncGenerator<Drawn, void, undefined> {
  if (isStream(source)) {
    let index = from.index;
    for await (const tokens of source) yield { tokens, epoch: 0, index: index++ };
    return;
  }
  const corpus = corpusOf(source);
  let empty = 0;
  for (let epoch = from.epoch; epoch < epochs; epoch++) {
    const order = seed === undefined ? undefined : epochOrder(corpus.length, seed, epoch);
    for (let index = epoch === from.epoch ? from.index : 0; index < corpus.length; index++) {
      const tokens = corpus.document(order ? order[index]! : index);
      if (tokens.length > 0) yield { tokens, epoch, index };
      else empty++;
    }
    if (empty >= corpus.length)
      throw new ShapeError(
        `train: documents must hold tokens, got ${corpus.length} documents without any. Check where they come from.`,
      );
    empty = 0;
  }
}
