import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AbortedError, UnsupportedError } from "@webfla/ops";
import { createCpu } from "@webfla/reference";
import {
  byteTokenizer,
  type CheckpointSource,
  fromPretrained,
  type LoadProgress,
  NetworkError,
  type PretrainedOptions,
  urlFiles,
} from "@webfla/zoo";
import { directoryFiles, fileCache, locate } from "@webfla/zoo/node";
import { CheckpointError } from "@webfla/zoo/safetensors";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { asBlobs, checkpointFiles, parameters, text } from "./made-up";
import { type Manners, type UnrulyServer, unrulyServer } from "./unruly-server";

let folder: string;
let server: UnrulyServer | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "webfla-"));
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(folder, { recursive: true });
});

/** Loads on a fresh backend, compares every parameter with what was written, and frees it. */
async function loads(
  source: CheckpointSource,
  options: Partial<PretrainedOptions<never>> = {},
): Promise<void> {
  const ops = createCpu();
  const { model, tokenizer } = await fromPretrained(source, { ...options, ops });
  for (const [name, { data }] of parameters()) expect(await ops.read(model.weights(name))).toEqual(data);
  expect(tokenizer).toBe(byteTokenizer);
  model.dispose();
  expect(ops.memory().tensors).toBe(0);
}

async function fails(
  source: CheckpointSource,
  options: Partial<PretrainedOptions<never>> = {},
): Promise<Error> {
  const ops = createCpu();
  const error: unknown = await fromPretrained(source, { ...options, ops }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Error);
  expect(ops.memory().tensors).toBe(0);
  return error as Error;
}

const served = async (files: Map<string, Uint8Array>, manners: Manners = {}): Promise<UnrulyServer> => {
  const paths = new Map([...files].map(([name, bytes]) => [`/gdn/${name}`, bytes]));
  server = await unrulyServer(paths, manners);
  return server;
};
const address = ({ url }: UnrulyServer): string => `${url}/gdn`;
const quick = { retryDelay: 1 };
const cache = () => fileCache({ urls: join(folder, "urls"), hub: join(folder, "hub") });
/** What lies in the cache, but for the links to it. */
const kept = async (): Promise<string[]> =>
  (await readdir(join(folder, "urls"), { recursive: true })).filter((path) => /blobs\/./.test(path));

describe("a checkpoint is the same from everywhere", () => {
  it.each([1, 3])("in %i files", async (shards) => {
    const files = checkpointFiles(shards);
    for (const [name, bytes] of files) await writeFile(join(folder, name), bytes);
    await loads(directoryFiles(folder));
    await loads(await locate(folder));
    await loads(asBlobs(files));
    await loads([...files].map(([name, bytes]) => new File([bytes.slice()], name)));
    await loads(address(await served(files)));
    await loads(new URL(`${address(server!)}/`), { cache: cache() });
  });

  it("says what is missing", async () => {
    const files = checkpointFiles(2);
    files.delete("model-00002-of-00002.safetensors");
    const error = await fails(asBlobs(files));
    expect(error).toBeInstanceOf(CheckpointError);
    expect(error.message).toContain("it must have model-00002-of-00002.safetensors");
    expect((await fails(new Map())).message).toContain("it must have config.json");
    expect((await fails("gdn-byte")).message).toContain('must be an address, got "gdn-byte"');
  });

  it("tells the bytes of tensors as they come", async () => {
    const events: LoadProgress[] = [];
    await loads(asBlobs(checkpointFiles(2)), { onProgress: (event) => events.push(event) });
    const last = events.at(-1)!;
    expect([last.loaded, last.bytes]).toEqual([last.total, last.totalBytes]);
    expect(events.map((e) => e.bytes)).toEqual(events.map((e) => e.bytes).toSorted((a, b) => a - b));
  });
});

describe("an index is not believed", () => {
  const withIndex = (change: (index: { metadata: unknown; weight_map: Record<string, unknown> }) => void) => {
    const files = checkpointFiles(2);
    const path = "model.safetensors.index.json";
    const index = JSON.parse(new TextDecoder().decode(files.get(path)));
    change(index);
    return asBlobs(files.set(path, text(index)));
  };
  const [one, two] = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
  const embedding = "model.embeddings.weight";

  it.each([
    "../secret.safetensors",
    "/etc/secret.safetensors",
    "a/b.safetensors",
    "..\\b.safetensors",
    "https://elsewhere/x.safetensors",
    ".safetensors",
    "x.bin",
    "",
    3,
    null,
  ])("of a file named %o", async (path) => {
    const error = await fails(
      withIndex((index) => {
        index.weight_map[embedding] = path;
      }),
    );
    expect(error).toBeInstanceOf(CheckpointError);
    expect(error.message).toContain(`the file of "${embedding}" must be a plain name`);
  });

  it("of what is not there, twice there, or of other sizes", async () => {
    const cases: [Map<string, Blob>, string][] = [
      [withIndex((i) => (i.weight_map[embedding] = two)), `"${embedding}" must be in ${two}, got none there`],
      [
        withIndex((i) => delete i.weight_map[embedding]),
        `"${embedding}" must be in no shard, got it in ${one}`,
      ],
      [withIndex((i) => (i.weight_map.extra = one)), `"extra" must be in ${one}, got none there`],
      [withIndex((i) => (i.metadata = { total_size: 3 })), "must have the total_size of 3 bytes, got"],
      [withIndex((i) => (i.metadata = { total_size: "3" })), "total_size must be a whole number"],
      [withIndex((i) => (i.weight_map = [] as never)), "it must have a weight_map, got"],
      [withIndex((i) => (i.weight_map = null as never)), "it must have a weight_map"],
    ];
    for (const [files, message] of cases) expect((await fails(files)).message).toContain(message);
    const files = checkpointFiles(2);
    files.set(two, files.get(one)!);
    expect((await fails(asBlobs(files))).message).toContain("got none there");
  });

  it("of names that objects have", async () => {
    const files = checkpointFiles(2);
    const path = "model.safetensors.index.json";
    const index = new TextDecoder().decode(files.get(path)).replace(embedding, "__proto__");
    const error = await fails(asBlobs(files.set(path, new TextEncoder().encode(index))));
    expect(error.message).toContain('"__proto__" must be in');
  });
});

describe("a server that", () => {
  it("breaks every connection is asked for the rest", async () => {
    const files = checkpointFiles();
    const size = files.get("model.safetensors")!.length;
    await served(files, { breakAfter: (n) => (n % 3 === 0 ? 1000 + n : undefined) });
    for (const c of ["none", cache()] as const)
      await loads(urlFiles(address(server!), { ...quick, cache: c === "none" ? undefined : c }));
    expect(server!.sent).toBeLessThan(2 * size + 20_000);
  });

  it("is busy now and then is asked again, and one that refuses is not", async () => {
    await served(checkpointFiles(), { status: (n) => (n % 2 ? 503 : undefined) });
    await loads(urlFiles(address(server!), quick));
    server!.manners.status = () => 503;
    const busy = await fails(urlFiles(address(server!), { ...quick, retries: 2 }));
    expect(busy).toBeInstanceOf(NetworkError);
    expect(busy.message).toContain("got 3 failures in a row");
    server!.manners.status = () => 403;
    const before = server!.requests.length;
    const refused = await fails(urlFiles(address(server!), quick));
    expect((refused as NetworkError).status).toBe(403);
    expect(server!.requests.length).toBe(before + 1);
  });

  it("is not there is a NetworkError", async () => {
    const gone = await served(checkpointFiles());
    await gone.close();
    expect(await fails(urlFiles(address(gone), { ...quick, retries: 1 }))).toBeInstanceOf(NetworkError);
  });

  it("claims more than it has, or fewer bytes, is found out, and what came of it is not taken for the file", async () => {
    await served(checkpointFiles(), { size: (n) => (n > 5000 ? n + 7 : n) });
    const more = await fails(urlFiles(address(server!), { ...quick, retries: 1, cache: cache() }));
    expect(more.message).toMatch(/the tensors must fill the file|failures in a row/);
    server!.manners.size = (n) => (n > 5000 ? n - 7 : n);
    const fewer = await fails(urlFiles(address(server!), { ...quick, cache: cache() }));
    expect(fewer).toBeInstanceOf(CheckpointError);
    expect(fewer.message).toContain("truncated");
    server!.manners.size = (n) => n;
    await loads(address(server!), { cache: cache() });
  });

  it("changes a file half way is found out", async () => {
    const etag = (_path: string, _bytes: Uint8Array, n: number) => (n > 4 ? '"b"' : '"a"');
    await served(checkpointFiles(), { etag, breakAfter: (n) => (n === 4 ? 3000 : undefined) });
    const error = await fails(urlFiles(address(server!), quick));
    expect(error).toBeInstanceOf(CheckpointError);
    expect(error.message).toContain("It changed on the server");
  });

  it("has no ranges gives small files, and any to a cache", async () => {
    await served(checkpointFiles(), { ranges: false });
    await loads(address(server!));
    await loads(address(server!), { cache: cache() });
    server!.files.set("/gdn/model.safetensors", new Uint8Array(17 * 2 ** 20));
    expect(await fails(address(server!))).toBeInstanceOf(UnsupportedError);
  });

  it("names no version is not kept", async () => {
    await served(checkpointFiles(), { etag: () => undefined });
    await loads(address(server!), { cache: cache() });
    await expect(readdir(join(folder, "urls"))).rejects.toThrow("ENOENT");
  });
});

describe("what was downloaded", () => {
  it("is not downloaded again", async () => {
    const files = checkpointFiles(2);
    await served(files);
    await loads(address(server!), { cache: cache() });
    const once = server!.sent;
    await loads(address(server!), { cache: cache() });
    // to learn the version of each, one byte
    expect(server!.sent - once).toBeLessThanOrEqual(files.size + 2);
    expect((await kept()).length).toBe(files.size);
  });

  it("is never half believed, whenever it is aborted, and goes on", async () => {
    const files = checkpointFiles(2);
    await served(files, { breakAfter: (n) => (n % 2 ? 700 : undefined) });
    for (let attempt = 0; attempt < 12; attempt++) {
      const controller = new AbortController();
      const source = urlFiles(address(server!), { ...quick, cache: cache() });
      const ops = createCpu();
      const loading = fromPretrained(source, { ops, signal: controller.signal });
      setTimeout(() => controller.abort(), (attempt * 37) % 29);
      // what earlier attempts left may be enough to end in time
      const error: unknown = await loading.then(
        ({ model }) => model.dispose(),
        (thrown: unknown) => thrown,
      );
      if (attempt === 0 || error) expect(error).toBeInstanceOf(AbortedError);
      expect(ops.memory().tensors).toBe(0);
      for (const path of await kept().catch(() => []))
        if (!path.endsWith(".incomplete")) {
          const bytes = await readFile(join(folder, "urls", path));
          expect([...files.values()].some((file) => Buffer.compare(file, bytes) === 0)).toBe(true);
        }
    }
    await loads(urlFiles(address(server!), { ...quick, cache: cache() }));
  });

  it("is kept up to where it broke, and the rest is asked for", async () => {
    await served(checkpointFiles(), { breakAfter: (n) => (n === 4 ? 5000 : undefined) });
    const once = { ...quick, retries: 0 };
    const error = await fails(urlFiles(address(server!), { ...once, cache: cache() }));
    expect(error).toBeInstanceOf(NetworkError);
    expect((await kept()).filter((path) => path.endsWith(".incomplete")).length).toBe(1);
    server!.requests.splice(0);
    await loads(urlFiles(address(server!), { ...once, cache: cache() }));
    const weights = server!.requests.filter((r) => r.startsWith("/gdn/model.safetensors bytes="));
    expect(weights[1]).toContain("bytes=5000-");
    expect((await kept()).filter((path) => path.endsWith(".incomplete"))).toEqual([]);
  });

  it("is left alone by another that loads the same at the same time", async () => {
    await served(checkpointFiles(), { delay: 2 });
    await Promise.all([1, 2, 3].map(() => loads(address(server!), { cache: cache() })));
    expect((await kept()).length).toBe(2);
  });
});
