import { type Ops, ShapeError, showShape, type Tensor } from "@webfla/ops";
import { fromLengths, type Varlen } from "@webfla/varlen";
import type { Weights } from "../layers/layer";
import type { Architecture } from "./architecture";
import { embed } from "./run";

/** Token ids [n], or feature vectors [n, hidden] in place of their embeddings. */
export type Segment<T> = Int32Array | T;

/** What embeds tokens: a model, or its architecture over a tape's verbs and variables. */
export interface Embedder<T extends Tensor> {
  readonly ops: Ops<T>;
  readonly architecture: Architecture;
  readonly weights: Weights<T>;
}

/**
 * Packs sequences whose segments are texts and feature vectors, each of its own length, as a model takes them:
 * `model.forward(interleave(model, sequences))`. Gradients flow to the features and to the embeddings. The features stay
 * the caller's. Throws ShapeError for features of another width and for ids outside the vocabulary.
 */
export function interleave<T extends Tensor>(
  { ops, architecture, weights }: Embedder<T>,
  sequences: readonly (readonly Segment<T>[])[],
): { readonly inputsEmbeds: T; readonly varlen: Varlen } {
  const { hiddenSize, vocabSize } = architecture;
  const segments = sequences.flat();
  const texts = segments.filter((s) => s instanceof Int32Array);
  const features = segments.filter((s): s is T => !(s instanceof Int32Array));
  for (const text of texts) checkTokens("interleave", text, vocabSize);
  for (const { shape } of features)
    if (shape.length !== 2 || shape[1] !== hiddenSize)
      throw new ShapeError(
        `interleave: features must be [n, ${hiddenSize}], got ${showShape(shape)}. Project them to the model's width.`,
      );
  const ids = Int32Array.from(texts.flatMap((text) => [...text]));
  // rows of all texts come first, then those of all features
  let [text, feature] = [0, ids.length];
  const index = segments.flatMap((segment) => {
    const rows = Array.from({ length: count(segment) }, (_, i) => i);
    if (segment instanceof Int32Array) return rows.map(() => text++);
    return rows.map(() => feature++);
  });
  const inputsEmbeds = ops.scope(() => {
    const wide = features.map((x) => (x.dtype === "f32" ? x : ops.cast({ x, dtype: "f32" })));
    const table = embed(ops, architecture, weights, ops.tensor(ids, [ids.length]));
    const rows = wide.length ? ops.concat({ xs: [table, ...wide], axis: 0 }) : table;
    return ops.gather({ x: rows, index: ops.tensor(Int32Array.from(index), [index.length]) });
  });
  const lengths = sequences.map((sequence) => sequence.reduce((sum, segment) => sum + count(segment), 0));
  return { inputsEmbeds, varlen: fromLengths(lengths) };
}

/** Tokens that a segment takes. */
export const count = (segment: Segment<Tensor>): number =>
  segment instanceof Int32Array ? segment.length : segment.shape[0]!;

/** Throws ShapeError for an id outside the vocabulary. */
export function checkTokens(op: string, tokens: Int32Array, vocabSize: number): void {
  const wrong = tokens.findIndex((id) => id < 0 || id >= vocabSize);
  if (wrong >= 0)
    throw new ShapeError(
      `${op}: tokens must be ids in 0..${vocabSize - 1}, got ${tokens[wrong]} at ${wrong}. Use the model's own tokenizer.`,
    );
}
