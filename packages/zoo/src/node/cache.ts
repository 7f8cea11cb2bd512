import { createHash } from "node:crypto";
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { DownloadCache, DownloadIdentity } from "../checkpoints/cache/cache";
import { CheckpointError } from "../errors";
import { expectRepository, isCommit } from "../hub/hub";
import { FileCacheEntry } from "./cache-entry";

export interface CacheFolders {
  /** Of repositories. Default HF_HUB_CACHE, HF_HOME/hub or ~/.cache/huggingface/hub, which other tools read too. */
  readonly hub?: string | undefined;
  /** Of addresses. Default ~/.cache/webfla. */
  readonly urls?: string | undefined;
}

const home = (): string => process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");

/** Where the tools of Hugging Face keep repositories on this machine. */
export function hubCacheFolder(): string {
  const { HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME } = process.env;
  return HF_HUB_CACHE ?? HUGGINGFACE_HUB_CACHE ?? join(HF_HOME ?? join(home(), "huggingface"), "hub");
}

/** A repository's folder in the hub's cache. */
export const repositoryFolder = (hub: string, repository: string): string =>
  join(hub, `models--${repository.replaceAll("/", "--")}`);

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/**
 * A cache on disk in the layout of Hugging Face's: contents in `blobs` under the server's name for them, and links to
 * them under `snapshots/<commit>`.
 */
export function fileCache(folders: CacheFolders = {}): DownloadCache {
  const { hub = hubCacheFolder(), urls = join(home(), "webfla") } = folders;
  const folder = ({ kind, repository }: DownloadIdentity): string =>
    kind === "hub" ? repositoryFolder(hub, repository) : join(urls, sha256(repository));
  return {
    async open(file) {
      const at = folder(file);
      // what a server sends is a name only where it could not lead elsewhere
      const blob = /^[\w-]{1,200}$/.test(file.version) ? file.version : sha256(file.version + file.path);
      if (file.reference !== undefined) await refer(at, file.reference, file.revision);
      const pointer = join(at, "snapshots", file.revision || blob, file.path);
      return FileCacheEntry.open(file, { blobs: join(at, "blobs"), blob, pointer });
    },
  };
}

const referencePath = (folder: string, reference: string): string => join(folder, "refs", reference);

/** Notes which commit a branch or tag stood for. */
async function refer(folder: string, reference: string, commit: string): Promise<void> {
  const path = referencePath(folder, reference);
  if ((await readFile(path, "utf8").catch(() => undefined)) === commit) return;
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}-${Math.random().toString(36).slice(2)}.tmp`;
  await writeFile(temporary, commit);
  await rename(temporary, path);
}

/** The folder of what the hub's cache has of a repository. Throws CheckpointError where it has nothing of that revision. */
export async function cachedSnapshot(
  repository: string,
  options: { readonly revision?: string | undefined; readonly hub?: string | undefined } = {},
): Promise<string> {
  const { revision = "main", hub = hubCacheFolder() } = options;
  expectRepository(repository, revision);
  const at = repositoryFolder(hub, repository);
  const commit = isCommit(revision)
    ? revision
    : await readFile(referencePath(at, revision), "utf8").catch(() => undefined);
  const path = commit && isCommit(commit.trim()) && join(at, "snapshots", commit.trim());
  if (path && (await stat(path).catch(() => undefined))?.isDirectory()) return path;
  throw new CheckpointError(
    `${repository}@${revision}: it must be in the cache ${hub}, got nothing there. Load it once with the network.`,
  );
}
