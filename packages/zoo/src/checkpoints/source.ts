import { CheckpointError, show } from "../errors";
import { blobFiles, handleFiles, namedFiles } from "./blobs";
import type { DownloadCache } from "./cache/cache";
import { hasOpfs, opfsCache } from "./cache/opfs";
import type { CheckpointFiles } from "./files";
import { urlFiles } from "./http/files";

/**
 * Where a checkpoint is: an address (a text is one), files by their names, a list from a file input, a folder of the
 * browser, or whatever opens files by name, such as `hubFiles` and `directoryFiles` make.
 */
export type CheckpointSource =
  | string
  | URL
  | ReadonlyMap<string, Blob>
  | Iterable<File>
  | FileSystemDirectoryHandle
  | CheckpointFiles;

const isAddress = (source: CheckpointSource): source is string | URL =>
  source instanceof URL || (typeof source === "string" && URL.canParse(source));

/** Opens a source. An address is downloaded through the cache; by default there is one in browsers alone. */
export function filesOf(
  source: CheckpointSource,
  { cache = hasOpfs() ? opfsCache() : "none" }: { readonly cache?: DownloadCache | "none" | undefined } = {},
): CheckpointFiles {
  if (isAddress(source)) return urlFiles(source, { cache: cache === "none" ? undefined : cache });
  if (typeof source === "string")
    throw new CheckpointError(
      `fromPretrained: a text must be an address, got ${show(source)}. For a repository give hubFiles(id), for a folder directoryFiles(path).`,
    );
  if (source instanceof Map) return blobFiles(source);
  if ("getFileHandle" in source) return handleFiles(source);
  if ("open" in source) return source;
  return blobFiles(namedFiles(source as Iterable<File>));
}
