import { type HostArray, UnsupportedError } from "@webfla/ops";
import { CheckpointError, show, throwIfAborted } from "../errors";
import { codecs, isCoded } from "./dtypes";
import { type Header, headerLength, PREFIX, parseHeader } from "./header";
import { byteSource, readExactly, type SafetensorsSource } from "./source";

/** Named tensors that are read one at a time: one file, or several behind one face. */
export interface TensorStore extends Header {
  /** For error messages. */
  readonly name: string;
  /** Floats as Float32Array, integers as Int32Array; I64 values must fit 32 bits. */
  read(name: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<HostArray>;
}

/**
 * Opens a safetensors file: reads and validates its header, and nothing else.
 * Throws CheckpointError for whatever is truncated, overlapping, out of bounds or no header at all.
 */
export async function readSafetensors(
  from: SafetensorsSource,
  options: { readonly name?: string | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<TensorStore> {
  const source = byteSource(from);
  const { signal } = options;
  const file = options.name ?? source.name ?? "safetensors";
  if (source.size < PREFIX)
    throw new CheckpointError(
      `${file}: a file must have at least ${PREFIX} bytes, got ${source.size}. The file is truncated: fetch it again.`,
    );
  throwIfAborted(file, signal);
  const length = headerLength(file, await readExactly(source, file, 0, PREFIX, signal), source.size);
  const base = PREFIX + length;
  throwIfAborted(file, signal);
  const header = parseHeader(file, await readExactly(source, file, PREFIX, base, signal), base, source.size);
  return {
    ...header,
    name: file,
    async read(name, { signal } = {}) {
      const info = header.tensors.get(name);
      const what = `${file}: ${show(name)}`;
      if (!info)
        throw new CheckpointError(
          `${what} must be in the file, got ${header.tensors.size} others. See its \`tensors\`.`,
        );
      const { dtype, start, end } = info;
      if (!isCoded(dtype))
        throw new UnsupportedError(
          `${what} must be ${Object.keys(codecs).join(", ")}, got ${dtype}. Convert the file.`,
        );
      throwIfAborted(what, signal);
      const raw = await readExactly(source, what, start, end, signal);
      throwIfAborted(what, signal);
      try {
        return codecs[dtype].decode(raw);
      } catch (cause) {
        throw new CheckpointError(
          `${what} must hold 32-bit integers, got ${(cause as Error).message}. Convert the file.`,
          { cause },
        );
      }
    },
  };
}
