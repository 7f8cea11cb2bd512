import { type HostArray, ShapeError, type Tensor } from "@webfla/ops";
import { throwIfAborted } from "../../errors";
import { parameterTable } from "../../models/architecture";
import type { Model } from "../../models/model";
import { type CodedDType, codecs, dtypeBytes } from "../../safetensors/dtypes";
import { layOut, type TensorSpec, tensorBytes } from "../../safetensors/layout";
import { CONFIG, INDEX } from "../open";
import { indexText, isWeights, type Shard, shardsOf } from "./shards";
import { type CheckpointTarget, type CheckpointWriter, type FileSink, writerOf } from "./target";

export interface SaveProgress {
  /** The file that is being written. */
  readonly file: string;
  readonly bytes: number; // of all tensors
  readonly totalBytes: number;
}

export interface SaveOptions {
  /** How floats are stored; "device" as they are there. Default: each parameter as in the checkpoint it came from, else "device". */
  readonly dtype?: "F32" | "F16" | "BF16" | "device" | undefined;
  /** Bytes of tensors in one file; a larger model becomes shards with an index. Default 5e9. */
  readonly maxShardBytes?: number | undefined;
  readonly onProgress?: ((progress: SaveProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Elements that are encoded at a time. */
const PIECE = 2 ** 21;

interface Spec extends TensorSpec {
  readonly dtype: CodedDType;
}

/**
 * Writes config.json and safetensors under the names and shapes that FLA loads. A model in f32 that was loaded and not
 * changed gives the bytes of its tensors back; a tied head is written once, as the embedding. Throws AbortedError,
 * QuotaError; nothing of the new files is to be seen then.
 */
export async function savePretrained<T extends Tensor>(
  model: Model<T>,
  target: CheckpointTarget,
  { dtype, maxShardBytes = 5e9, onProgress, signal }: SaveOptions = {},
): Promise<void> {
  if (!(maxShardBytes > 0))
    throw new ShapeError(
      `savePretrained: maxShardBytes must be positive, got ${maxShardBytes}. Leave it out for 5e9.`,
    );
  throwIfAborted("savePretrained", signal);
  const specs = specsOf(model, dtype);
  const shards = shardsOf(specs, maxShardBytes);
  const totalBytes = [...specs.values()].reduce((sum, spec) => sum + tensorBytes(spec), 0);
  let bytes = 0;
  const writer = writerOf(target);
  try {
    for (const shard of shards)
      await writeShard(model, writer, shard, (more) => {
        onProgress?.({ file: shard.path, bytes: (bytes += more), totalBytes });
        throwIfAborted("savePretrained", signal);
      });
    if (shards.length > 1) await writeText(writer, INDEX, indexText(shards));
    // last: without it, no one takes the rest for a checkpoint
    await writeText(writer, CONFIG, `${JSON.stringify(model.config, null, 2)}\n`);
    throwIfAborted("savePretrained", signal);
  } catch (error) {
    await writer.abort();
    throw error;
  }
  await writer.commit(isWeights);
}

/** In the order of the model, which is that of shards. */
function specsOf<T extends Tensor>(
  { architecture, parameters, stored }: Model<T>,
  dtype: SaveOptions["dtype"],
): ReadonlyMap<string, Spec> {
  const own = (name: string): CodedDType => (parameters.get(name)!.dtype === "f16" ? "F16" : "F32");
  return new Map(
    Object.entries(parameterTable(architecture)).map(([name, shape]) => [
      name,
      { dtype: dtype === "device" ? own(name) : (dtype ?? stored.get(name) ?? own(name)), shape },
    ]),
  );
}

async function writeShard<T extends Tensor>(
  { ops, parameters }: Model<T>,
  writer: CheckpointWriter,
  { path, tensors }: Shard,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const { head, names } = layOut(tensors, new Map([["format", "pt"]]));
  const sink = await writer.create(path);
  await sink.write(head);
  for (const name of names) {
    const { dtype } = tensors.get(name) as Spec;
    await writeValues(sink, dtype, await ops.read(parameters.get(name)!), onBytes);
  }
  await sink.close();
}

async function writeValues(
  sink: FileSink,
  dtype: CodedDType,
  values: HostArray,
  onBytes: (bytes: number) => void,
): Promise<void> {
  for (let at = 0; at < values.length; at += PIECE) {
    const piece = values.subarray(at, at + PIECE);
    await sink.write(Uint8Array.from(codecs[dtype].encode(piece)));
    onBytes(piece.length * dtypeBytes[dtype]);
  }
}

async function writeText(writer: CheckpointWriter, path: string, text: string): Promise<void> {
  const sink = await writer.create(path);
  await sink.write(new TextEncoder().encode(text));
  await sink.close();
}
