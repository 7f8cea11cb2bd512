import { type FileHandle, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { CheckpointError, throwIfAborted } from "../errors";
import { type ByteSource, readSafetensors, type TensorStore } from "../safetensors";

/** A checkpoint on disk, open until disposed; what `loadModel` takes. */
export interface CheckpointDirectory {
  readonly config: unknown;
  readonly weights: TensorStore;
  close(): Promise<void>;
}

/** Opens a directory with config.json and model.safetensors; reads no tensor. Throws CheckpointError naming the file at fault. */
export async function openDirectory(
  path: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<CheckpointDirectory> {
  const config = await readConfigFile(join(path, "config.json"), signal);
  const file = join(path, "model.safetensors");
  throwIfAborted(file, signal);
  const handle = await open(file, "r").catch((cause) => fail(file, "readable", cause));
  try {
    const weights = await readSafetensors(await fileSource(file, handle), { signal });
    return { config, weights, close: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function readConfigFile(file: string, signal: AbortSignal | undefined): Promise<unknown> {
  throwIfAborted(file, signal);
  const text = await readFile(file, "utf8").catch((cause) => fail(file, "readable", cause));
  try {
    return JSON.parse(text);
  } catch (cause) {
    return fail(file, "JSON", cause);
  }
}

function fail(file: string, must: string, cause: unknown): never {
  throw new CheckpointError(
    `${file}: it must be ${must}, got ${(cause as Error).message}. Give the directory of a checkpoint.`,
    { cause },
  );
}

async function fileSource(name: string, handle: FileHandle): Promise<ByteSource> {
  const { size } = await handle.stat();
  return {
    name,
    size,
    async read(start, end, { signal } = {}) {
      const bytes = new Uint8Array(end - start);
      let filled = 0;
      while (filled < bytes.length) {
        throwIfAborted(name, signal);
        const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    },
  };
}
