import type { FileHandle } from "node:fs/promises";
import { throwIfAborted } from "../errors";
import type { ByteSource } from "../safetensors";

/** Bytes start..end of an open file, fewer where it ends before. */
export async function readRange(
  handle: FileHandle,
  [start, end]: readonly [number, number],
  name: string,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - start);
  let filled = 0;
  while (filled < bytes.length) {
    throwIfAborted(name, signal);
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

/** A source over an open file. */
export async function fileSource(name: string, handle: FileHandle): Promise<ByteSource> {
  const { size } = await handle.stat();
  return { name, size, read: (start, end, { signal } = {}) => readRange(handle, [start, end], name, signal) };
}
