import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

/** The packages from npm in what a page loads at once, and in what it may load later. */
async function bundle(contents: string): Promise<{ now: ReadonlySet<string>; later: ReadonlySet<string> }> {
  const resolveDir = fileURLToPath(new URL(".", import.meta.url));
  const { metafile } = await build({
    stdin: { contents, resolveDir },
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    metafile: true,
    format: "esm",
    outdir: "out",
    conditions: ["@webfla/source"],
    logLevel: "silent",
  });
  const entry = Object.keys(metafile.outputs).find(
    (path) => metafile.outputs[path]?.entryPoint === "<stdin>",
  )!;
  const reached = new Set([entry]);
  for (const path of reached)
    for (const { path: next } of metafile.outputs[path]?.imports ?? []) reached.add(next);
  const packages = (paths: Iterable<string>) => {
    const used = [...paths].flatMap((path) => Object.entries(metafile.outputs[path]?.inputs ?? {}));
    const files = used.flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : []));
    return new Set(files.flatMap((path) => /.*node_modules\/(@huggingface\/\w+)\//.exec(path)?.[1] ?? []));
  };
  reached.delete(entry);
  return { now: packages([entry]), later: packages(reached) };
}

describe("a page's bundle", () => {
  it("of loadModel has nothing of the hub, of tokenizers or templates", async () => {
    const { now, later } = await bundle('import { loadModel } from "@webfla/zoo"; console.log(loadModel);');
    expect([...now, ...later]).toEqual([]);
  });

  it("of fromPretrained has tokenizers and templates on demand, and nothing of the hub", async () => {
    const { now, later } = await bundle(
      'import { fromPretrained } from "@webfla/zoo"; console.log(fromPretrained);',
    );
    expect([...now]).toEqual([]);
    expect([...later].toSorted()).toEqual(["@huggingface/jinja", "@huggingface/tokenizers"]);
  });
});
