import { WebflaError } from "@webfla/ops";
import type { Tokenizer } from "../../tokenizers";

/** "text": a document a file or string. "jsonl": a document a line, the text of its field. "lines": a document a line. */
export type TextFormat = "text" | "jsonl" | "lines";

export interface TextOptions {
  readonly format?: TextFormat | undefined;
  /** The field of a JSONL line. Default "text". */
  readonly field?: string | undefined;
  /** For error messages. */
  readonly name?: string | undefined;
}

/** The documents of a text as token ids, each opened and closed by the tokenizer's own marks. Throws WebflaError naming the line at fault. */
export function textDocuments(
  text: string,
  tokenizer: Tokenizer,
  { format = "text", field = "text", name = "documents" }: TextOptions = {},
): Int32Array[] {
  const encode = (document: string): Int32Array => tokenizer.encode(document, { eos: true });
  if (format === "text") return text ? [encode(text)] : [];
  return text.split(/\r?\n/).flatMap((line, i) => {
    if (line.trim() === "") return [];
    return [encode(format === "lines" ? line : fieldOf(line, field, `${name}:${i + 1}`))];
  });
}

function fieldOf(line: string, field: string, where: string): string {
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch (cause) {
    throw new WebflaError(`train: ${where} must be JSON, got ${(cause as Error).message}. Mend the line.`, {
      cause,
    });
  }
  const text = (entry as Record<string, unknown> | null)?.[field];
  if (typeof text === "string") return text;
  throw new WebflaError(
    `train: ${where} must have a text under ${JSON.stringify(field)}, got ${typeof text}. Name the field that holds it.`,
  );
}
