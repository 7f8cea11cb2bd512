import { stat } from "node:fs/promises";
import type { CheckpointFiles } from "../checkpoints/files";
import { urlFiles } from "../checkpoints/http/files";
import { type HubOptions, hubFiles } from "../hub/hub";
import { type CacheFolders, cachedSnapshot, fileCache } from "./cache";
import { directoryFiles } from "./directory";

export interface LocateOptions extends HubOptions {
  /** Where downloads are kept, unless `cache` says otherwise. */
  readonly folders?: CacheFolders | undefined;
  /** Takes a repository from the cache alone. */
  readonly offline?: boolean | undefined;
}

/**
 * The checkpoint that a text stands for: a folder where there is one, an http address, else a Hugging Face repository.
 * Downloads are kept, by default in the machine's own cache. Throws CheckpointError where nothing can be meant.
 */
export async function locate(text: string, options: LocateOptions = {}): Promise<CheckpointFiles> {
  const { folders, offline = false, ...download } = options;
  const { cache = fileCache(folders), revision } = download;
  if (/^https?:\/\//.test(text)) return urlFiles(text, { ...download, cache });
  const isFolder = await stat(text).then(
    (found) => found.isDirectory(),
    () => false,
  );
  // what cannot be a repository was meant as a folder, and is told to be none
  const isPath = isFolder || /^[./~]|^[A-Za-z]:|\\|(\/.*){2}/.test(text);
  if (isPath) return directoryFiles(text);
  if (offline) return directoryFiles(await cachedSnapshot(text, { revision, hub: folders?.hub }));
  return hubFiles(text, { ...download, cache });
}
