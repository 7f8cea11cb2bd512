import { CheckpointError, show } from "../errors";
import { type ByteSource, readExactly } from "../safetensors/source";

export interface FileOptions {
  readonly signal?: AbortSignal | undefined;
}

/** The files of one checkpoint by their names, wherever they are; closed by whoever opens it. */
export interface CheckpointFiles {
  /** For error messages. */
  readonly name: string;
  /** Undefined where there is no such file. */
  open(path: string, options?: FileOptions): Promise<ByteSource | undefined>;
  /** Fetches what is missing of the opened files, verifies and keeps it. Only downloads have something to finish. */
  finish?(options?: FileOptions): Promise<void>;
  close(): Promise<void>;
}

/** Enough for every configuration, index and vocabulary. */
const MAX_TEXT = 256 * 2 ** 20;

/** A whole small file as text; undefined where there is none. */
export async function readText(
  files: CheckpointFiles,
  path: string,
  { signal }: FileOptions = {},
): Promise<string | undefined> {
  const source = await files.open(path, { signal });
  if (!source) return undefined;
  const what = source.name ?? `${files.name}: ${path}`;
  if (source.size > MAX_TEXT)
    throw new CheckpointError(
      `${what}: it must have at most ${MAX_TEXT} bytes, got ${source.size}. This is not a checkpoint's file.`,
    );
  const bytes = await readExactly(source, what, 0, source.size, signal);
  return new TextDecoder().decode(bytes);
}

/** A parsed JSON file; undefined where there is none. Throws CheckpointError where it is no JSON. */
export async function readJson(
  files: CheckpointFiles,
  path: string,
  options: FileOptions = {},
): Promise<unknown> {
  const text = await readText(files, path, options);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CheckpointError(
      `${files.name}: ${path}: it must be JSON, got ${show(text)} (${(cause as Error).message}). Fetch it again.`,
      { cause },
    );
  }
}
