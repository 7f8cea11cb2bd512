import { mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AbortedError } from "@webfla/ops";
import { createCpu } from "@webfla/reference";
import { fromPretrained, NetworkError } from "@webfla/zoo";
import { hubFiles } from "@webfla/zoo/hub";
import { directoryFiles, fileCache, locate } from "@webfla/zoo/node";
import { CheckpointError } from "@webfla/zoo/safetensors";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkpointFiles, parameters, text } from "./made-up";
import { gitSha1, type Manners, sha256, type UnrulyServer, unrulyServer } from "./unruly-server";

const commit = "0123456789abcdef0123456789abcdef01234567";
const id = "fla-hub/tiny";
const repository = "models--fla-hub--tiny";

let folder: string;
let server: UnrulyServer;
const files = checkpointFiles(2);

/** What huggingface.co answers for one repository. */
async function hub(manners: Manners = {}): Promise<void> {
  const paths = new Map([...files].map(([name, bytes]) => [`/${id}/resolve/${commit}/${name}`, bytes]));
  const info = text({ _id: "1", id, sha: commit, lastModified: "2026-01-01T00:00:00Z" });
  paths.set(`/api/models/${id}/revision/main`, info);
  paths.set(`/api/models/${id}/revision/refs/pr/1`, info);
  const etag = (path: string, bytes: Uint8Array) =>
    `"${path.endsWith(".safetensors") ? sha256(bytes) : gitSha1(bytes)}"`;
  server = await unrulyServer(paths, { etag, ...manners });
}
const folders = () => ({ hub: folder, urls: join(folder, "urls") });
const options = () => ({ hubUrl: server.url, cache: fileCache(folders()), retryDelay: 1 });

async function loads(source: Parameters<typeof fromPretrained>[0]): Promise<void> {
  const ops = createCpu();
  const { model } = await fromPretrained(source, { ops });
  for (const [name, { data }] of parameters()) expect(await ops.read(model.weights(name))).toEqual(data);
}
const fails = async (source: Parameters<typeof fromPretrained>[0], signal?: AbortSignal): Promise<unknown> =>
  fromPretrained(source, { ops: createCpu(), signal }).then(
    () => expect.fail("it must not load"),
    (error: unknown) => error,
  );

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "webfla-"));
});
afterEach(async () => {
  await server?.close();
  await rm(folder, { recursive: true });
});

describe("a repository of the hub", () => {
  it("lies in the cache as Hugging Face's own tools leave it", async () => {
    await hub();
    await loads(hubFiles(id, options()));
    const snapshot = join(folder, repository, "snapshots", commit);
    expect((await readdir(snapshot)).toSorted()).toEqual([...files.keys()].toSorted());
    for (const [name, bytes] of files) {
      expect(Buffer.compare(await readFile(join(snapshot, name)), bytes)).toBe(0);
      const blob = name.endsWith(".safetensors") ? sha256(bytes) : gitSha1(bytes);
      expect(await readlink(join(snapshot, name))).toBe(join("..", "..", "blobs", blob));
    }
    expect((await readdir(join(folder, repository, "blobs"))).length).toBe(files.size);
    expect(await readFile(join(folder, repository, "refs/main"), "utf8")).toBe(commit);
    await loads(directoryFiles(snapshot));
  });

  it("is found by its id, at a revision, and comes without the network once it is there", async () => {
    await hub({ breakAfter: (n) => (n % 4 === 0 ? 900 : undefined) });
    await loads(await locate(id, { ...options(), revision: "refs/pr/1" }));
    await loads(await locate(id, { ...options(), revision: commit }));
    await server.close();
    for (const revision of [commit, "refs/pr/1"])
      await loads(await locate(id, { ...options(), revision, folders: folders(), offline: true }));
    const unknown = locate(id, { ...options(), revision: "other", folders: folders(), offline: true });
    await expect(unknown).rejects.toThrow(/fla-hub\/tiny@other.*must be in the cache/);
  });

  it("of other bytes than the hub names is not believed", async () => {
    await hub({ etag: (_, bytes) => `"${sha256(bytes).replace(/^./, (x) => (x === "0" ? "1" : "0"))}"` });
    const error = await fails(hubFiles(id, options()));
    expect(error).toBeInstanceOf(CheckpointError);
    expect((error as Error).message).toContain("the download must be");
    const blobs = await readdir(join(folder, repository, "blobs"));
    expect(blobs.filter((name) => !name.endsWith(".incomplete"))).toEqual([]);
    await expect(readdir(join(folder, repository, "snapshots", commit))).resolves.toEqual([]);
  });

  it("that is not there, is closed, or no name of one is an error that says so", async () => {
    await hub({ status: (_, path) => (path.startsWith("/api") ? 401 : undefined) });
    const closed = await fails(hubFiles(id, options()));
    expect((closed as NetworkError).status).toBe(401);
    expect((closed as Error).message).toContain("access token");
    server.manners.status = () => 404;
    expect(await fails(hubFiles(id, options()))).toBeInstanceOf(NetworkError);
    for (const name of ["../x", "a/../b", "a/b/c", "", "a b", "a/b?c"])
      expect(() => hubFiles(name)).toThrow(CheckpointError);
    for (const revision of ["../x", "a//b", "", "/a", "a?b"])
      expect(() => hubFiles(id, { revision })).toThrow("revision must be");
  });

  it("stops at once when aborted", async () => {
    await hub({ delay: 20 });
    const controller = new AbortController();
    const loading = fails(hubFiles(id, options()), controller.signal);
    setTimeout(() => controller.abort(), 30);
    expect(await loading).toBeInstanceOf(AbortedError);
  });
});
