import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

const id = "virtual:results";

interface File {
  readonly taken: string;
  readonly gpu: string;
  readonly results: readonly {
    readonly suite: string;
    readonly name: string;
    readonly warm?: { readonly medianMs: number };
    readonly versus?: { readonly name: string; readonly ratio: number };
  }[];
}

/** `virtual:results`: the committed measurements of the suite "plans", short enough to be a part of the page. */
export const results = (folder: string): Plugin => ({
  name: "results",
  resolveId: (source) => (source === id ? `\0${id}` : undefined),
  load(source) {
    if (source !== `\0${id}`) return undefined;
    const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
    const found = files.flatMap((name) => {
      const { taken, gpu, results } = JSON.parse(readFileSync(join(folder, name), "utf8")) as File;
      const cases = results.flatMap(({ suite, name, warm, versus }) =>
        suite === "plans" && warm && versus ? [{ name, ms: warm.medianMs, ratio: versus.ratio }] : [],
      );
      return cases.length ? [{ taken, gpu, cases }] : [];
    });
    return `export default ${JSON.stringify(found)}`;
  },
});
