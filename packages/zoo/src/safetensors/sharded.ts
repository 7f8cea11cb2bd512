import { CheckpointError, show } from "../errors";
import type { TensorInfo } from "./header";
import type { TensorStore } from "./read";

/** What a model.safetensors.index.json says: the file of each tensor. */
export interface ShardIndex {
  readonly files: ReadonlyMap<string, string>; // tensor -> file
  /** Bytes of all tensors, where it says so. */
  readonly totalSize: number | undefined;
}

const isRecord = (x: unknown): x is Record<string, unknown> =>
  typeof x === "object" && x !== null && !Array.isArray(x);

/** A plain name beside the index: no folder, nothing that leads out of one. */
const isShardName = (x: unknown): x is string =>
  typeof x === "string" && /^[\w-][\w.-]{0,250}\.safetensors$/.test(x);

/** Validates a parsed index. Throws CheckpointError for what is none, and for files that are not beside it. */
export function parseShardIndex(name: string, json: unknown): ShardIndex {
  if (!isRecord(json) || !isRecord(json.weight_map))
    throw new CheckpointError(
      `${name}: it must have a weight_map, got ${show(json)}. Give the index that belongs to the shards.`,
    );
  const files = new Map<string, string>();
  for (const [tensor, file] of Object.entries(json.weight_map)) {
    if (!isShardName(file))
      throw new CheckpointError(
        `${name}: the file of ${show(tensor)} must be a plain name that ends in .safetensors, got ${show(file)}. The index is corrupt or hostile.`,
      );
    files.set(tensor, file);
  }
  const totalSize = isRecord(json.metadata) ? json.metadata.total_size : undefined;
  if (totalSize !== undefined && !(Number.isSafeInteger(totalSize) && (totalSize as number) >= 0))
    throw new CheckpointError(
      `${name}: total_size must be a whole number of bytes, got ${show(totalSize)}. The index is corrupt: fetch it again.`,
    );
  return { files, totalSize: totalSize as number | undefined };
}

/**
 * Several files as one store, in their order. Throws CheckpointError, with file and tensor, unless index and shards
 * name the same tensors in the same places and their bytes add up.
 */
export function shardedStore(
  name: string,
  { files, totalSize }: ShardIndex,
  shards: ReadonlyMap<string, TensorStore>,
): TensorStore {
  for (const [tensor, file] of files)
    if (!shards.get(file)?.tensors.has(tensor))
      throw new CheckpointError(
        `${name}: ${show(tensor)} must be in ${file}, got none there. The shards are of another checkpoint.`,
      );
  const tensors = new Map<string, TensorInfo>();
  for (const [file, shard] of shards)
    for (const [tensor, info] of shard.tensors) {
      if (files.get(tensor) !== file)
        throw new CheckpointError(
          `${name}: ${show(tensor)} must be in ${files.get(tensor) ?? "no shard"}, got it in ${file}. The shards are of another checkpoint.`,
        );
      tensors.set(tensor, info);
    }
  const bytes = [...tensors.values()].reduce((sum, { start, end }) => sum + end - start, 0);
  if (totalSize !== undefined && totalSize !== bytes)
    throw new CheckpointError(
      `${name}: the tensors must have the total_size of ${totalSize} bytes, got ${bytes}. The shards are of another checkpoint.`,
    );
  return {
    name,
    tensors,
    metadata: new Map([...shards.values()].flatMap(({ metadata }) => [...metadata])),
    async read(tensor, options) {
      const shard = shards.get(files.get(tensor) ?? "");
      if (!shard)
        throw new CheckpointError(
          `${name}: ${show(tensor)} must be in a shard, got ${tensors.size} others. See its \`tensors\`.`,
        );
      return shard.read(tensor, options);
    },
  };
}
