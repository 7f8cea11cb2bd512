import { type Chunks, fromLengths, pack, packRows, type Rows, type Varlen } from "@webfla/varlen";

/** Documents laid into rows, and the ragged batch that the rows are when read one after another. */
export interface Packing {
  /** A piece of the rows is a sequence of the batch: piece p is sequence p. */
  readonly rows: Rows;
  readonly varlen: Varlen;
  readonly chunks: Chunks;
  readonly tokens: Uint8Array; // [T]
  /** What the same sequences take as a rectangle, each padded to the longest. */
  readonly padded: { readonly tokens: number; readonly chunks: number };
  /** Padding tokens that are not there, and their share of the rectangle. */
  readonly saved: { readonly tokens: number; readonly share: number };
}

export interface PackingOptions {
  /** Tokens of a row. */
  readonly budget: number;
  readonly chunkSize: number;
  /** Cut documents that are longer than a row. */
  readonly split: boolean;
}

/** Packs texts, one token a UTF-8 byte. Throws VarlenError for a document that does not fit a row. */
export function packTexts(texts: readonly string[], { budget, chunkSize, split }: PackingOptions): Packing {
  const utf8 = new TextEncoder();
  const documents = texts.map((text) => utf8.encode(text));
  const rows = packRows(
    documents.map(({ length }) => length),
    { budget, split },
  );
  const pieces = Array.from(rows.documents, (document, piece) => {
    const start = rows.starts[piece]!;
    return documents[document]!.subarray(start, start + rows.lengths[piece]!);
  });
  const { tokens, varlen } = pieces.length
    ? pack(pieces)
    : { tokens: new Uint8Array(), varlen: fromLengths([]) };
  const chunks = varlen.chunks(chunkSize);
  const padded = {
    tokens: varlen.sequences * varlen.maxLength,
    chunks: varlen.sequences * Math.ceil(varlen.maxLength / chunkSize),
  };
  const saved = padded.tokens - varlen.totalTokens;
  return {
    rows,
    varlen,
    chunks,
    tokens,
    padded,
    saved: { tokens: saved, share: padded.tokens ? saved / padded.tokens : 0 },
  };
}

/** Where a token is. */
export interface Place {
  readonly token: number;
  readonly sequence: number;
  readonly position: number;
  /** Index into the chunk list. */
  readonly chunk: number;
  readonly row: number;
  readonly document: number;
}

export function placeOf({ rows, varlen, chunks }: Packing, token: number): Place {
  const sequence = varlen.seqIdx[token]!;
  const position = varlen.positionIds[token]!;
  return {
    token,
    sequence,
    position,
    chunk: chunks.offsets[sequence]! + Math.floor(position / chunks.size),
    row: rows.offsets.findIndex((first) => first > sequence) - 1,
    document: rows.documents[sequence]!,
  };
}
