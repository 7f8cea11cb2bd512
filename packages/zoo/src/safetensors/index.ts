export { CheckpointError } from "../errors";
export type { CodedDType, FileDType } from "./dtypes";
export type { TensorInfo } from "./header";
export { readSafetensors, type TensorStore } from "./read";
export { type ByteSource, byteSource, type SafetensorsSource } from "./source";
export { type TensorData, writeSafetensors } from "./write";
