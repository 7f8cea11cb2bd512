import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { createInterface } from "node:readline";
import { WebflaError } from "@webfla/ops";

/** A text and what to call it. */
export interface TextRecord {
  readonly id: string | number;
  readonly text: string;
}

/**
 * Texts of files in their order: each file is one, or with `jsonl` each of its lines, `{"text": …}` with an "id" of its
 * own or else the line's number over all files, from 0. "-" is stdin. Throws WebflaError for what is no text.
 */
export async function* readRecords(
  op: string,
  files: readonly string[],
  { jsonl }: { readonly jsonl: boolean },
): AsyncGenerator<TextRecord, void, undefined> {
  let index = 0;
  for (const file of files.length ? files : ["-"]) {
    if (!jsonl) yield { id: nameOf(file), text: await readText(op, file) };
    else
      for await (const [line, number] of lines(op, file))
        if (line.trim()) yield parse(op, `${nameOf(file)}:${number}`, line, index++);
  }
}

/** Groups records until a group has as many as `most`, or `weigh` says that it weighs `budget`. */
export async function* groups<R>(
  records: AsyncIterable<R>,
  { most, budget, weigh }: { readonly most: number; readonly budget: number; weigh(record: R): number },
): AsyncGenerator<readonly R[], void, undefined> {
  let [group, weight]: [R[], number] = [[], 0];
  for await (const record of records) {
    group.push(record);
    weight += weigh(record);
    if (group.length < most && weight < budget) continue;
    yield group;
    [group, weight] = [[], 0];
  }
  if (group.length) yield group;
}

const nameOf = (file: string): string => (file === "-" ? "(stdin)" : basename(file));

const unreadable = (op: string, file: string, cause: unknown): never => {
  throw new WebflaError(
    `${op}: ${file} must be a readable file, got ${(cause as Error).message}. Check the path.`,
    { cause },
  );
};

async function readText(op: string, file: string): Promise<string> {
  const bytes = await (file === "-" ? readStdin() : readFile(file)).catch((e) => unreadable(op, file, e));
  if (bytes.length === 0)
    throw new WebflaError(`${op}: ${file} must hold text, got an empty file. Leave it out.`);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new WebflaError(
      `${op}: ${file} must be text in UTF-8, got bytes that are none. Convert it, or leave it out.`,
      { cause },
    );
  }
}

async function readStdin(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function* lines(op: string, file: string): AsyncGenerator<readonly [string, number]> {
  const input = file === "-" ? process.stdin : createReadStream(file);
  const failed = new Promise<never>((_, reject) => input.once("error", reject));
  failed.catch(() => {});
  const reader = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
  for (let number = 1; ; number++) {
    const { done, value } = await Promise.race([reader.next(), failed]).catch((e) => unreadable(op, file, e));
    if (done) return;
    yield [value, number];
  }
}

function parse(op: string, where: string, line: string, index: number): TextRecord {
  const refuse = (what: string): never => {
    throw new WebflaError(
      `${op}: ${where}: a line must be {"text": "…"}, an "id" beside it a text or a number, got ${what}. Correct the line.`,
    );
  };
  let json: { readonly id?: unknown; readonly text?: unknown } | null;
  try {
    json = JSON.parse(line);
  } catch {
    return refuse("no JSON");
  }
  const { id = index, text } = json ?? {};
  if (typeof text !== "string") return refuse("no text");
  if (typeof id !== "string" && typeof id !== "number") return refuse("another id");
  return { id, text };
}
