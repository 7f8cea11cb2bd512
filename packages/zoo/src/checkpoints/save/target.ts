import { storageError } from "../../errors";

/** A file that is being written. */
export interface FileSink {
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** All of it is written. */
  close(): Promise<void>;
}

/** Takes the files of a checkpoint; nobody sees one before `commit`, or ever after `abort`. */
export interface CheckpointWriter {
  create(path: string): Promise<FileSink>;
  /** Lets the files be seen, in the order of their making, and removes those of before that are obsolete. */
  commit(isObsolete: (path: string) => boolean): Promise<void>;
  abort(): Promise<void>;
}

/** Where a checkpoint goes: a map that it fills, a folder of the browser, or what `directoryWriter` makes. */
export type CheckpointTarget = Map<string, Blob> | FileSystemDirectoryHandle | CheckpointWriter;

export function writerOf(target: CheckpointTarget): CheckpointWriter {
  if (target instanceof Map) return blobWriter(target);
  return "getFileHandle" in target ? handleWriter(target) : target;
}

function blobWriter(files: Map<string, Blob>): CheckpointWriter {
  const made = new Map<string, Blob[]>();
  return {
    async create(path) {
      const parts: Blob[] = [];
      made.set(path, parts);
      return {
        // a blob is a copy, and browsers keep large ones on disk
        write: async (bytes) => void parts.push(new Blob([bytes])),
        close: async () => undefined,
      };
    },
    async commit(isObsolete) {
      for (const [path, parts] of made) files.set(path, new Blob(parts));
      for (const path of [...files.keys()]) if (!made.has(path) && isObsolete(path)) files.delete(path);
    },
    abort: async () => made.clear(),
  };
}

function handleWriter(folder: FileSystemDirectoryHandle): CheckpointWriter {
  const made = new Map<string, FileSystemWritableFileStream>();
  return {
    async create(path) {
      const handle = await folder.getFileHandle(path, { create: true });
      const stream = await handle.createWritable();
      made.set(path, stream);
      return {
        write: (bytes) => stream.write(bytes).catch((error) => storageError(path, error)),
        // the file changes when the stream closes
        close: async () => undefined,
      };
    },
    async commit(isObsolete) {
      for (const [path, stream] of made) await stream.close().catch((error) => storageError(path, error));
      const names: string[] = [];
      for await (const name of folder.keys()) names.push(name);
      for (const name of names) if (!made.has(name) && isObsolete(name)) await folder.removeEntry(name);
    },
    async abort() {
      for (const [path, stream] of made) {
        await stream.abort().catch(() => undefined);
        const file = await folder.getFileHandle(path).then((handle) => handle.getFile());
        // what was made for the stream, and has nothing
        if (file.size === 0) await folder.removeEntry(path);
      }
    },
  };
}
