import { CheckpointError, show } from "../errors";
import { dtypeBytes, type FileDType, isFileDType } from "./dtypes";

/** Where a tensor lies in its file. */
export interface TensorInfo {
  readonly dtype: FileDType;
  readonly shape: readonly number[];
  /** First byte, from the start of the file. */
  readonly start: number;
  readonly end: number;
}

export interface Header {
  /** In the order of the file. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** Bytes before the JSON: its length. */
export const PREFIX = 8;
/** The format's own limit. */
const MAX_HEADER = 100_000_000;

const isRecord = (x: unknown): x is Record<string, unknown> =>
  typeof x === "object" && x !== null && !Array.isArray(x);

const isCount = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) >= 0;

/** The JSON's length from a file's first 8 bytes, checked against the file's size. */
export function headerLength(file: string, prefix: Uint8Array, size: number): number {
  const length = Number(new DataView(prefix.buffer, prefix.byteOffset, PREFIX).getBigUint64(0, true));
  if (length < 2 || length > MAX_HEADER)
    throw new CheckpointError(
      `${file}: the header must have 2 to ${MAX_HEADER} bytes, got ${length}. This is not a safetensors file.`,
    );
  if (PREFIX + length > size)
    throw new CheckpointError(
      `${file}: the header must end inside the file of ${size} bytes, got its end at ${PREFIX + length}. The file is truncated: fetch it again.`,
    );
  return length;
}

/** Parses and validates the JSON of a file of `size` bytes whose data begin at `base`. */
export function parseHeader(file: string, json: Uint8Array, base: number, size: number): Header {
  const { __metadata__: metadata, ...entries } = parseJson(file, json);
  const tensors = Object.entries(entries).map(
    ([name, entry]) => [name, parseEntry(`${file}: ${show(name)}`, entry, base)] as const,
  );
  tensors.sort(([, a], [, b]) => a.start - b.start || a.end - b.end);
  checkLayout(file, tensors, base, size);
  return { tensors: new Map(tensors), metadata: parseMetadata(file, metadata) };
}

function parseJson(file: string, json: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json));
  } catch (cause) {
    throw new CheckpointError(
      `${file}: the header must be JSON in UTF-8, got ${(cause as Error).message}. The file is corrupt: fetch it again.`,
      { cause },
    );
  }
  if (!isRecord(header))
    throw new CheckpointError(
      `${file}: the header must be a JSON object, got ${show(header)}. This is not a safetensors file.`,
    );
  return header;
}

function parseMetadata(file: string, metadata: unknown): ReadonlyMap<string, string> {
  if (metadata === undefined) return new Map();
  if (!isRecord(metadata) || !Object.values(metadata).every((v) => typeof v === "string"))
    throw new CheckpointError(
      `${file}: __metadata__ must map names to strings, got ${show(metadata)}. Write the file again.`,
    );
  return new Map(Object.entries(metadata as Record<string, string>));
}

function parseEntry(what: string, entry: unknown, base: number): TensorInfo {
  if (!isRecord(entry))
    throw new CheckpointError(
      `${what} must be an object, got ${show(entry)}. The file is corrupt: fetch it again.`,
    );
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isFileDType(dtype))
    throw new CheckpointError(
      `${what} must have a dtype of ${Object.keys(dtypeBytes).join(", ")}, got ${show(dtype)}. Convert the file.`,
    );
  if (!Array.isArray(shape) || !shape.every(isCount))
    throw new CheckpointError(
      `${what} must have a shape of whole numbers, got ${show(shape)}. The file is corrupt: fetch it again.`,
    );
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    throw new CheckpointError(
      `${what} must have two data_offsets, got ${show(offsets)}. The file is corrupt: fetch it again.`,
    );
  const [start, end] = offsets as [number, number];
  const bytes = shape.reduce((n: number, d: number) => n * d, dtypeBytes[dtype]);
  if (end - start !== bytes)
    throw new CheckpointError(
      `${what} must have ${bytes} bytes (${dtype} [${shape.join(", ")}]), got ${end - start} (offsets ${start}..${end}). The file is corrupt: fetch it again.`,
    );
  return { dtype, shape, start: base + start, end: base + end };
}

/** The tensors must tile the file: no byte shared, none unused, none beyond its end. */
function checkLayout(
  file: string,
  tensors: readonly (readonly [string, TensorInfo])[],
  base: number,
  size: number,
): void {
  let reached = base;
  for (const [name, { start, end }] of tensors) {
    if (start !== reached)
      throw new CheckpointError(
        `${file}: ${show(name)} must begin at byte ${reached}, where the tensor before it ends, got ${start}. ${start < reached ? "Tensors overlap" : "There is a hole"}: the file is corrupt or hostile.`,
      );
    reached = end;
    if (end > size)
      throw new CheckpointError(
        `${file}: ${show(name)} must end inside the file of ${size} bytes, got its end at ${end}. The file is truncated: fetch it again.`,
      );
  }
  if (reached !== size)
    throw new CheckpointError(
      `${file}: the tensors must fill the file of ${size} bytes, got an end at ${reached}. The file has foreign bytes: fetch it again.`,
    );
}
