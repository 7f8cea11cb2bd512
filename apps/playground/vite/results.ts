import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

const id = "virtual:results";

interface File {
  readonly taken: string;
  readonly adapters?: readonly { readonly name: string; readonly software: boolean }[];
  readonly results: readonly {
    readonly suite: string;
    readonly name: string;
    readonly tiers: string;
    readonly dtype: string;
    readonly warm: { readonly medianMs: number };
    readonly rivals?: readonly { readonly name: string; readonly ratio: number }[];
  }[];
}

/** Shapes of the bench whose rivals the page measures too, and which of them. */
const rivals = { S0: "token by token", S3: "padded" } as const;

/** `virtual:results`: the committed runs of `apps/bench` on a GPU, those of their cases that the page measures. */
export const results = (folder: string): Plugin => ({
  name: "results",
  resolveId: (source) => (source === id ? `\0${id}` : undefined),
  load(source) {
    if (source !== `\0${id}`) return undefined;
    const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".json")) : [];
    const found = files.flatMap((name) => {
      const { taken, adapters, results } = JSON.parse(readFileSync(join(folder, name), "utf8")) as File;
      const gpu = adapters?.find(({ software }) => !software)?.name;
      if (!gpu) return [];
      const cases = results.flatMap(({ suite, name, tiers, dtype, warm, rivals: others }) => {
        const [law, shape] = name.split(" ") as [string, keyof typeof rivals];
        const rival = others?.find((other) => other.name === rivals[shape]);
        const is = suite === "forward" && tiers === "all" && dtype === "f16" && rival;
        return is ? [{ law, shape, ms: warm.medianMs, ratio: rival.ratio }] : [];
      });
      // adapters call themselves "nvidia-h200"
      const shown = gpu.replaceAll("-", " ").toUpperCase();
      return cases.length ? [{ taken: taken.slice(0, 10), gpu: shown, cases }] : [];
    });
    return `export default ${JSON.stringify(found)}`;
  },
});
