export { CheckpointError } from "../errors";
export type { CodedDType, FileDType } from "./dtypes";
export type { TensorInfo } from "./header";
export { type ReadOptions, readSafetensors, type TensorStore } from "./read";
export { parseShardIndex, type ShardIndex, shardedStore } from "./sharded";
export { type ByteSource, byteSource, type SafetensorsSource } from "./source";
export { type TensorData, writeSafetensors } from "./write";
