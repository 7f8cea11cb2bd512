import { CheckpointError } from "../errors";

/** Something that bytes can be read from a range at a time: a file, an HTTP resource, memory. */
export interface ByteSource {
  /** Bytes in all. */
  readonly size: number;
  /** For error messages. */
  readonly name?: string | undefined;
  /** Bytes start..end, exclusive. */
  read(
    start: number,
    end: number,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<Uint8Array>;
}

export type SafetensorsSource = ByteSource | Uint8Array | ArrayBuffer | Blob;

/** A source over memory, a Blob or a File. */
export function byteSource(from: SafetensorsSource): ByteSource {
  if (from instanceof Uint8Array)
    return { size: from.byteLength, read: async (start, end) => from.slice(start, end) };
  if (from instanceof ArrayBuffer)
    return { size: from.byteLength, read: async (start, end) => new Uint8Array(from.slice(start, end)) };
  if (typeof Blob !== "undefined" && from instanceof Blob)
    return {
      size: from.size,
      name: "name" in from ? String(from.name) : undefined,
      read: async (start, end) => new Uint8Array(await from.slice(start, end).arrayBuffer()),
    };
  return from as ByteSource;
}

/** Reads a range, and throws CheckpointError unless all of it came. */
export async function readExactly(
  source: ByteSource,
  what: string,
  start: number,
  end: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const bytes = await source.read(start, end, { signal });
  if (bytes.byteLength !== end - start)
    throw new CheckpointError(
      `${what}: ${end - start} bytes must be readable from ${start}, got ${bytes.byteLength}. The file changed or its source is broken: open it again.`,
    );
  return bytes;
}
