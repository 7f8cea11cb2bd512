import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";
import type { DownloadCache, DownloadIdentity } from "../checkpoints/cache/cache";
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
    open(file) {
      const at = folder(file);
      // what a server sends is a name only where it could not lead elsewhere
      const blob = /^[\w-]{1,200}$/.test(file.version) ? file.version : sha256(file.version + file.path);
      const pointer = join(at, "snapshots", file.revision || blob, file.path);
      return FileCacheEntry.open(file, { blobs: join(at, "blobs"), blob, pointer });
    },
  };
}
