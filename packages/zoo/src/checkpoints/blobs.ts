import { byteSource } from "../safetensors/source";
import type { CheckpointFiles } from "./files";

/** Files in memory or chosen by a user, by their names without folders. */
export function blobFiles(blobs: ReadonlyMap<string, Blob>, name = "files"): CheckpointFiles {
  return {
    name,
    async open(path) {
      const blob = blobs.get(path);
      return blob && { ...byteSource(blob), name: `${name}: ${path}` };
    },
    close: async () => undefined,
  };
}

/** Of a list from an `<input type="file">`, a drop or a folder: each under its own name. */
export const namedFiles = (files: Iterable<File>): ReadonlyMap<string, Blob> =>
  new Map([...files].map((file) => [file.name, file]));

/** A folder of the browser: the origin's own (OPFS), or one that the user opened. */
export function handleFiles(folder: FileSystemDirectoryHandle): CheckpointFiles {
  const name = folder.name || "folder";
  return {
    name,
    async open(path) {
      const handle = await folder.getFileHandle(path).catch((error: unknown) => {
        if ((error as { name?: unknown }).name === "NotFoundError") return undefined;
        throw error;
      });
      return handle && byteSource(await handle.getFile());
    },
    close: async () => undefined,
  };
}
