export { CheckpointError } from "./errors";
export { type GenerateArgs, type GeneratedToken, generate, type SamplingOptions } from "./generate";
export { type AttentionOptions, attention } from "./layers/attention";
export { type GatedDeltaNetOptions, gatedDeltaNet } from "./layers/gated-deltanet";
export type { Layer, LayerContext, LayerResult, LayerState, ParameterTable, Weights } from "./layers/layer";
export { type Positions, positionsOf } from "./layers/positions";
export type { Architecture, Branch } from "./models/architecture";
export { parameterTable } from "./models/architecture";
export { type LoadArgs, type LoadProgress, loadModel } from "./models/load";
export { type ForwardArgs, type ForwardResult, Model } from "./models/model";
export { modelTypes, readConfig } from "./models/registry";
export { type ModelState, selectState } from "./models/state";
export {
  type ByteSource,
  readSafetensors,
  type SafetensorsSource,
  type TensorData,
  type TensorStore,
  writeSafetensors,
} from "./safetensors";
export { type Score, type ScoreOptions, score } from "./score";
export { byteTokenizer, type EncodeOptions, type TextStream, type Tokenizer } from "./tokenizers";
