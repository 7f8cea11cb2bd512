import type { Tokenizer } from "@webfla/zoo";
import type { TextRecord } from "./records";

/** A text to be scored. */
export interface Document {
  readonly name: string;
  readonly bytes: number;
  /** Bytes of what a model predicts: all, but for what the first token says. */
  readonly predictedBytes: number;
  readonly tokens: Int32Array;
}

export function documentOf(tokenizer: Tokenizer, { id, text }: TextRecord): Document {
  const tokens = tokenizer.encode(text);
  const bytes = Buffer.byteLength(text);
  const first = Buffer.byteLength(tokenizer.decode(tokens.subarray(0, 1)));
  return { name: String(id), bytes, predictedBytes: bytes - first, tokens };
}
