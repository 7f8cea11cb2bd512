import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import type { CheckpointFiles } from "../checkpoints/files";
import { type OpenedCheckpoint, openCheckpoint } from "../checkpoints/open";
import { CheckpointError } from "../errors";
import { fileSource } from "./file-source";

/** The files of a folder. */
export function directoryFiles(path: string): CheckpointFiles {
  const handles: FileHandle[] = [];
  return {
    name: path,
    async open(file) {
      const name = join(path, file);
      const handle = await open(name, "r").catch((cause: unknown) => {
        const { code, message } = cause as { code?: unknown; message: string };
        if (code === "ENOENT" || code === "ENOTDIR") return undefined;
        throw new CheckpointError(
          `${name}: it must be readable, got ${message}. Give the directory of a checkpoint.`,
          { cause },
        );
      });
      if (!handle) return undefined;
      handles.push(handle);
      return fileSource(name, handle);
    },
    async close() {
      await Promise.all(handles.splice(0).map((handle) => handle.close()));
    },
  };
}

/** A checkpoint on disk, open until closed; what `loadModel` takes. */
export interface CheckpointDirectory extends OpenedCheckpoint {
  close(): Promise<void>;
}

/**
 * Opens a directory with config.json and model.safetensors or its shards; reads no tensor. Throws CheckpointError naming
 * the file at fault.
 */
export async function openDirectory(
  path: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<CheckpointDirectory> {
  const files = directoryFiles(path);
  try {
    return { ...(await openCheckpoint(files, { signal })), close: files.close };
  } catch (error) {
    await files.close();
    throw error;
  }
}
