import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AbortedError, type Tensor } from "@webfla/ops";
import { createCpu } from "@webfla/reference";
import { fromPretrained, loadModel, type Model, savePretrained } from "@webfla/zoo";
import { directoryFiles, directoryWriter } from "@webfla/zoo/node";
import { type CodedDType, readSafetensors, writeSafetensors } from "@webfla/zoo/safetensors";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { config, parameters } from "./made-up";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "webfla-"));
});
afterEach(() => rm(folder, { recursive: true }));

const fixture = (path: string): URL => new URL(`../../fixtures/${path}`, import.meta.url);
const bytesOf = async (files: ReadonlyMap<string, Blob>, name: string): Promise<Uint8Array> =>
  new Uint8Array(await files.get(name)!.arrayBuffer());
const shardSize = 3000;

async function saved<T extends Tensor>(
  model: Model<T>,
  options: Parameters<typeof savePretrained>[2] = {},
): Promise<Map<string, Blob>> {
  const files = new Map<string, Blob>();
  await savePretrained(model, files, options);
  return files;
}

describe("savePretrained", () => {
  it.each(["checkpoints/gdn-byte", "models/gated_deltanet", "models/hybrid_gated_deltanet"])(
    "gives the bytes back that were read: %s",
    async (name) => {
      const weights = await readFile(fixture(`${name}/model.safetensors`));
      const given = JSON.parse(await readFile(fixture(`${name}/config.json`), "utf8"));
      const files = await saved(await loadModel(createCpu(), { config: given, weights }));
      expect([...files.keys()]).toEqual(["model.safetensors", "config.json"]);
      expect(Buffer.compare(await bytesOf(files, "model.safetensors"), weights)).toBe(0);
      expect(JSON.parse(await files.get("config.json")!.text())).toEqual(given);
    },
  );

  it("keeps every bit of every stored type, tied or not, in any shards", async () => {
    const anyBits = fc.record({
      tied: fc.boolean(),
      dtypes: fc.array(fc.constantFrom<CodedDType>("F32", "F16", "BF16"), { minLength: 3, maxLength: 7 }),
      bits: fc.uint32Array({ minLength: 5, maxLength: 40 }),
      maxShardBytes: fc.integer({ min: 1, max: 40_000 }),
    });
    const property = fc.asyncProperty(anyBits, async ({ tied, dtypes, bits, maxShardBytes }) => {
      const of = { ...config, tie_word_embeddings: tied };
      let n = 0;
      const made = parameters(of, () => dtypes[n++ % dtypes.length]!);
      // a NaN's payload is nothing that arithmetic keeps
      const floats = new Float32Array(bits.buffer).map((x) => (Number.isNaN(x) ? 1 : x));
      for (const { data } of made.values()) for (const i of data.keys()) data[i] = floats[i % floats.length]!;
      const written = await readSafetensors(writeSafetensors(made));
      const exact = new Map(
        await Promise.all(
          [...made].map(async ([name, x]) => [name, { ...x, data: await written.read(name) }] as const),
        ),
      );
      const first = await saved(
        await loadModel(createCpu(), { config: of, weights: writeSafetensors(made) }),
      );
      expect(await bytesOf(first, "model.safetensors")).toEqual(writeSafetensors(exact, { format: "pt" }));
      const sharded = await saved((await fromPretrained(first, { ops: createCpu() })).model, {
        maxShardBytes,
      });
      const again = await saved((await fromPretrained(sharded, { ops: createCpu() })).model);
      expect(await bytesOf(again, "model.safetensors")).toEqual(await bytesOf(first, "model.safetensors"));
    });
    await fc.assert(property, { numRuns: 25 });
  });

  it("makes files of at most the size that is asked for, and an index of them", async () => {
    const model = await loadModel(createCpu(), { config, weights: writeSafetensors(parameters()) });
    const files = await saved(model, { maxShardBytes: shardSize });
    const index = JSON.parse(await files.get("model.safetensors.index.json")!.text());
    expect(Object.keys(index.weight_map)).toEqual([...parameters().keys()].toSorted());
    expect(index.metadata.total_size).toBe(
      [...parameters().values()].reduce((sum, x) => sum + 2 * x.data.length, 0),
    );
    const shards = [...files].filter(([name]) => name.endsWith(".safetensors"));
    expect(shards.map(([name]) => name)).toEqual(
      shards.map((_, i) => `model-0000${i + 1}-of-0000${shards.length}.safetensors`),
    );
    for (const [name, blob] of shards) {
      const { tensors } = await readSafetensors(blob);
      const bytes = [...tensors.values()].reduce((sum, { start, end }) => sum + end - start, 0);
      // the embedding and the head alone are larger
      expect(bytes <= shardSize || tensors.size === 1).toBe(true);
      for (const tensor of tensors.keys()) expect(index.weight_map[tensor]).toBe(name);
    }
  });

  it("stores another type on request, and halves as halves", async () => {
    const model = await loadModel(createCpu(), {
      config,
      weights: writeSafetensors(parameters()),
      dtype: "f16",
    });
    const types = async (files: Map<string, Blob>) =>
      new Set(
        [...(await readSafetensors(files.get("model.safetensors")!)).tensors.values()].map((x) => x.dtype),
      );
    expect(await types(await saved(model))).toEqual(new Set(["BF16"]));
    expect(await types(await saved(model, { dtype: "F16" }))).toEqual(new Set(["F16"]));
  });
});

describe("a folder that is written", () => {
  const made = () => loadModel(createCpu(), { config, weights: writeSafetensors(parameters()) });

  it("has nothing of an earlier save that does not belong, and everything else", async () => {
    const model = await made();
    await writeFile(join(folder, "README.md"), "mine");
    await savePretrained(model, directoryWriter(folder), { maxShardBytes: shardSize });
    expect((await readdir(folder)).length).toBeGreaterThan(4);
    await savePretrained(model, directoryWriter(folder));
    expect((await readdir(folder)).toSorted()).toEqual(["README.md", "config.json", "model.safetensors"]);
    await savePretrained(model, directoryWriter(folder), { maxShardBytes: shardSize });
    expect(await readdir(folder)).not.toContain("model.safetensors");
    const { model: again } = await fromPretrained(directoryFiles(folder), { ops: createCpu() });
    expect(again.config).toEqual(config);
  });

  it("is as it was after an abort at any moment", async () => {
    const model = await made();
    await savePretrained(model, directoryWriter(folder));
    const before = await readFile(join(folder, "model.safetensors"));
    let events = 0;
    await savePretrained(model, new Map(), { onProgress: () => events++ });
    for (let at = 1; at <= events; at += 3) {
      const controller = new AbortController();
      let seen = 0;
      const onProgress = () => ++seen === at && controller.abort();
      const saving = savePretrained(model, directoryWriter(folder), {
        dtype: "F32",
        maxShardBytes: shardSize,
        signal: controller.signal,
        onProgress,
      });
      await expect(saving).rejects.toThrow(AbortedError);
      expect((await readdir(folder)).toSorted()).toEqual(["config.json", "model.safetensors"]);
      expect(Buffer.compare(await readFile(join(folder, "model.safetensors")), before)).toBe(0);
    }
  });

  it("has no configuration while the weights of another model move in", async () => {
    const names: string[][] = [];
    await savePretrained(await made(), directoryWriter(folder));
    const other = { ...config, tie_word_embeddings: true };
    const model = await loadModel(createCpu(), {
      config: other,
      weights: writeSafetensors(parameters(other)),
    });
    const writer = directoryWriter(folder);
    const broken = {
      ...writer,
      // a folder in the place of the weights stops the renames half way
      commit: async (isObsolete: (path: string) => boolean) => {
        await rm(join(folder, "model.safetensors"));
        await mkdir(join(folder, "model.safetensors"));
        await writer.commit(isObsolete).finally(async () => names.push(await readdir(folder)));
      },
    };
    await expect(savePretrained(model, broken)).rejects.toThrow();
    expect(names).toEqual([["model.safetensors"]]);
  });
});
