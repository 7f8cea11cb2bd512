import type { Tensor } from "@webfla/ops";
import { score } from "@webfla/zoo";
import type { Opened } from "../backend";
import { type LoadOptions, loadText } from "../checkpoint";
import { type Document, documentOf } from "../documents";
import type { TextRecord } from "../records";
import { count } from "../terminal/format";
import { breathe, TaskProgress } from "../terminal/progress";

/** What one backend made of the documents. */
export interface Measured {
  readonly backend: string;
  readonly adapter: { readonly name: string; readonly software: boolean } | undefined;
  readonly parameters: number;
  readonly loadMs: number;
  /** The packed forward pass, what is compiled on its way included. */
  readonly firstMs: number;
  /** A second one, where the first was short. */
  readonly againMs: number | undefined;
  readonly bitsPerByte: readonly number[];
  /** Over all bytes. */
  readonly total: number;
}

/** A pass shorter than this is run again, warm. */
const short = 3000;

/** Loads the model and scores all documents in one varlen forward pass. */
export async function measure<T extends Tensor>(
  backend: Opened<T>,
  texts: readonly TextRecord[],
  options: LoadOptions,
): Promise<{ readonly measured: Measured; readonly documents: readonly Document[] }> {
  const { model, tokenizer, ms: loadMs } = await loadText(backend, options);
  const documents = texts.map((text) => documentOf(tokenizer, text));
  const tokens = documents.map((d) => d.tokens);
  const bytes = documents.map((d) => d.predictedBytes);
  const total = count(tokens.reduce((sum, t) => sum + t.length, 0));
  const progress = new TaskProgress(`scoring ${total} tokens on ${backend.name}`);
  progress.show(0, "in one batch");
  await breathe();
  const pass = async () => {
    const start = performance.now();
    const scores = await score(model, tokens, { bytes });
    return { scores, ms: performance.now() - start };
  };
  try {
    const { scores, ms: firstMs } = await pass();
    const nats = scores.reduce((sum, s) => sum + s.nats, 0);
    const measured = {
      backend: backend.name,
      adapter: backend.adapter && { name: backend.adapter.name, software: backend.adapter.software },
      parameters: model.size.count,
      loadMs,
      firstMs,
      againMs: firstMs < short ? (await pass()).ms : undefined,
      bitsPerByte: scores.map((s) => s.bitsPerByte!),
      total: nats / Math.LN2 / bytes.reduce((sum, n) => sum + n, 0),
    };
    return { measured, documents };
  } finally {
    progress.clear();
  }
}

/** The largest difference between the backends' bits per byte of a document; 0 of one backend. */
export const largestDifference = (all: readonly Measured[]): number => Math.max(...differences(all));

/** For each document, how far the backends are apart. */
export const differences = (all: readonly Measured[]): readonly number[] =>
  all[0]!.bitsPerByte.map((_, i) => {
    const values = all.map((m) => m.bitsPerByte[i]!);
    return Math.max(...values) - Math.min(...values);
  });
