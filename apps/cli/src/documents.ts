import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { WebflaError } from "@webfla/ops";
import { byteTokenizer } from "@webfla/zoo";

/** A text to be scored. */
export interface Document {
  readonly name: string;
  readonly bytes: number;
  /** BOS, then the bytes. */
  readonly tokens: Int32Array;
}

export const documentOf = (name: string, text: Uint8Array): Document => ({
  name,
  bytes: text.length,
  tokens: Int32Array.of(byteTokenizer.bos, ...text),
});

async function readInput(file: string): Promise<Uint8Array> {
  if (file !== "-")
    return readFile(file).catch((cause: Error) => {
      throw new WebflaError(`score: ${file} must be a readable file, got ${cause.message}. Check the path.`, {
        cause,
      });
    });
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The files as documents of bytes; "-" is stdin. */
export const readDocuments = async (files: readonly string[]): Promise<readonly Document[]> =>
  Promise.all(
    files.map(async (file) => {
      const text = await readInput(file);
      if (text.length === 0)
        throw new WebflaError(`score: ${file} must hold text, got an empty file. Leave it out.`);
      return documentOf(file === "-" ? "(stdin)" : basename(file), text);
    }),
  );
