import { CheckpointError, throwIfAborted } from "../errors";
import { parseShardIndex, readSafetensors, shardedStore, type TensorStore } from "../safetensors";
import { type CheckpointFiles, type FileOptions, readJson } from "./files";

/** What `loadModel` takes. */
export interface OpenedCheckpoint {
  readonly config: unknown;
  readonly weights: TensorStore;
}

export const CONFIG = "config.json";
export const WEIGHTS = "model.safetensors";
export const INDEX = "model.safetensors.index.json";

/**
 * Opens config.json and the weights, one file or shards, and reads no tensor. Throws CheckpointError naming the file
 * at fault.
 */
export async function openCheckpoint(
  files: CheckpointFiles,
  { signal }: FileOptions = {},
): Promise<OpenedCheckpoint> {
  throwIfAborted(files.name, signal);
  const config = await readJson(files, CONFIG, { signal });
  if (config === undefined) throw missing(files, CONFIG);
  const store = async (path: string): Promise<TensorStore | undefined> => {
    throwIfAborted(files.name, signal);
    const source = await files.open(path, { signal });
    return source && readSafetensors(source, { name: source.name ?? `${files.name}: ${path}`, signal });
  };
  const single = await store(WEIGHTS);
  if (single) return { config, weights: single };
  const json = await readJson(files, INDEX, { signal });
  if (json === undefined) throw missing(files, `${WEIGHTS} or ${INDEX}`);
  const name = `${files.name}: ${INDEX}`;
  const index = parseShardIndex(name, json);
  const shards = new Map<string, TensorStore>();
  for (const path of [...new Set(index.files.values())].sort()) {
    const shard = await store(path);
    if (!shard) throw missing(files, path);
    shards.set(path, shard);
  }
  return { config, weights: shardedStore(name, index, shards) };
}

const missing = (files: CheckpointFiles, path: string): CheckpointError =>
  new CheckpointError(
    `${files.name}: it must have ${path}, got no such file. Give the place of a whole checkpoint.`,
  );
