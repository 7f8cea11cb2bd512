import { elements, type HostArray, UnsupportedError } from "@webfla/ops";
import { CheckpointError, show, throwIfAborted } from "../errors";
import { type CodedDType, codecs, dtypeBytes, hostArray, isCoded } from "./dtypes";
import { type Header, headerLength, PREFIX, parseHeader, type TensorInfo } from "./header";
import { type ByteSource, byteSource, readExactly, type SafetensorsSource } from "./source";

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told how many more bytes of the tensor have arrived. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** Named tensors that are read one at a time: one file, or several behind one face. */
export interface TensorStore extends Header {
  /** For error messages. */
  readonly name: string;
  /** Floats as Float32Array, integers as Int32Array; I64 values must fit 32 bits. */
  read(name: string, options?: ReadOptions): Promise<HostArray>;
}

/** What lies beside the values while a tensor is read: a large one comes in pieces of this many bytes. */
const PIECE = 2 ** 20;

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
    async read(name, options = {}) {
      const info = header.tensors.get(name);
      const what = `${file}: ${show(name)}`;
      if (!info)
        throw new CheckpointError(
          `${what} must be in the file, got ${header.tensors.size} others. See its \`tensors\`.`,
        );
      const { dtype } = info;
      if (!isCoded(dtype))
        throw new UnsupportedError(
          `${what} must be ${Object.keys(codecs).join(", ")}, got ${dtype}. Convert the file.`,
        );
      return readTensor(source, what, { ...info, dtype }, options);
    },
  };
}

async function readTensor(
  source: ByteSource,
  what: string,
  { dtype, shape, start, end }: TensorInfo & { readonly dtype: CodedDType },
  { signal, onBytes }: ReadOptions,
): Promise<HostArray> {
  const values = hostArray(dtype, elements(shape));
  let at = start;
  do {
    throwIfAborted(what, signal);
    const until = Math.min(end, at + PIECE);
    const raw = await readExactly(source, what, at, until, signal);
    throwIfAborted(what, signal);
    const [from, to] = [at - start, until - start].map((byte) => byte / dtypeBytes[dtype]);
    decode(what, dtype, raw, values.subarray(from, to));
    onBytes?.(until - at);
    at = until;
  } while (at < end);
  return values;
}

function decode(what: string, dtype: CodedDType, raw: Uint8Array, values: HostArray): void {
  try {
    codecs[dtype].decode(raw, values);
  } catch (cause) {
    throw new CheckpointError(
      `${what} must hold 32-bit integers, got ${(cause as Error).message}. Convert the file.`,
      { cause },
    );
  }
}
