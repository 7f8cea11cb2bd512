import type { ByteSource } from "../../safetensors/source";
import type { DownloadCache, DownloadIdentity } from "../cache/cache";
import type { CheckpointFiles } from "../files";
import { probe, type Remote } from "./remote";
import type { HttpOptions } from "./request";
import { type CachedSource, cachedSource, windowedSource } from "./sources";

export interface DownloadOptions extends HttpOptions {
  readonly cache?: DownloadCache | undefined;
}

/** A file to download; without an identity it is not kept. */
export interface Located {
  readonly remote: Remote;
  readonly identity: DownloadIdentity | undefined;
}

/** Files that are found on a server one by one, each once. */
export function remoteFiles(
  name: string,
  { cache, ...http }: DownloadOptions,
  locate: (path: string, http: HttpOptions) => Promise<Located | undefined>,
): CheckpointFiles {
  const opened = new Map<string, Promise<ByteSource | undefined>>();
  const kept: CachedSource[] = [];
  const open = async (path: string, signal: AbortSignal | undefined): Promise<ByteSource | undefined> => {
    const found = await locate(path, { ...http, signal });
    if (!found) return undefined;
    const { remote, identity } = found;
    if (!cache || !identity) return windowedSource(remote, http);
    const source = cachedSource(remote, await cache.open(identity, { signal }), http);
    kept.push(source);
    return source;
  };
  return {
    name,
    open(path, { signal = http.signal } = {}) {
      const before = opened.get(path);
      if (before) return before;
      const source = open(path, signal);
      opened.set(path, source);
      // a failure is not remembered: the caller may try again
      source.catch(() => opened.delete(path));
      return source;
    },
    async finish(options) {
      for (const source of kept) await source.finish(options);
    },
    async close() {
      opened.clear();
      await Promise.all(kept.splice(0).map((source) => source.close()));
    },
  };
}

/** The files below an address. */
export function urlFiles(base: string | URL, options: DownloadOptions = {}): CheckpointFiles {
  const folder = new URL(base);
  if (!folder.pathname.endsWith("/")) folder.pathname += "/";
  const repository = folder.href;
  return remoteFiles(repository, options, async (path, http) => {
    const url = new URL(encodeURIComponent(path), folder);
    url.search = folder.search;
    const remote = await probe(url.href, url.href, http);
    if (!remote) return undefined;
    const { version, size } = remote;
    const identity = { kind: "url", repository, revision: "", path, version: version ?? "", size } as const;
    return { remote, identity: version === undefined ? undefined : identity };
  });
}
