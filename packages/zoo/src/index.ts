export {
  blobFiles,
  type CheckpointFiles,
  type CheckpointSource,
  type CheckpointTarget,
  type DownloadCache,
  fromPretrained,
  handleFiles,
  type OpenedCheckpoint,
  openCheckpoint,
  opfsCache,
  type Pretrained,
  type PretrainedOptions,
  type SaveOptions,
  savePretrained,
  urlFiles,
} from "./checkpoints";
export { type EmbedOptions, embed, type Pooling } from "./embed";
export {
  BusyError,
  Engine,
  type EngineOptions,
  type EngineStats,
  type Finish,
  Generation,
  type GenerationRequest,
  type GenerationResult,
  loadSnapshot,
  type Piece,
  type Prompt,
  Snapshot,
} from "./engine";
export { CheckpointError, NetworkError, QuotaError } from "./errors";
export { type GenerateArgs, type GeneratedToken, generate, type SamplingOptions } from "./generate";
export { type AbcAttentionOptions, abcAttention } from "./layers/abc";
export { type AttentionOptions, attention } from "./layers/attention";
export { type CombaOptions, comba } from "./layers/comba";
export { type DeltaNetOptions, deltaNet } from "./layers/delta-net";
export { type ForgettingAttentionOptions, forgettingAttention } from "./layers/forgetting-attention";
export { type GatedDeltaNetOptions, gatedDeltaNet } from "./layers/gated-deltanet";
export { type GatedDeltaProductOptions, gatedDeltaProduct } from "./layers/gated-deltaproduct";
export { type Gdn2Options, gatedDeltaNet2 } from "./layers/gdn2";
export { type GatedLinearAttentionOptions, gatedLinearAttention } from "./layers/gla";
export { type GatedSlotAttentionOptions, gatedSlotAttention } from "./layers/gsa";
export { type HgrnAttentionOptions, hgrnAttention } from "./layers/hgrn";
export { type Hgrn2AttentionOptions, hgrn2Attention } from "./layers/hgrn2";
export { type KdaOptions, kimiDeltaAttention } from "./layers/kda";
export type { Layer, LayerContext, LayerResult, LayerState, ParameterTable, Weights } from "./layers/layer";
export { type LightNetAttentionOptions, lightNetAttention } from "./layers/lightnet";
export { type LightningAttentionOptions, lightningAttention } from "./layers/lightning";
export { type LinearAttentionOptions, linearAttention } from "./layers/linear-attn";
export { type MambaOptions, mamba } from "./layers/mamba";
export { type Mamba2Options, mamba2 } from "./layers/mamba2";
export { type Positions, positionsOf } from "./layers/positions";
export { type PrecondGatedDeltaNetOptions, precondGatedDeltaNet } from "./layers/precond-gated-deltanet";
export { type PrecondKdaOptions, precondKda } from "./layers/precond-kda";
export { type MultiScaleRetentionOptions, multiScaleRetention } from "./layers/retnet";
export { type Rwkv6ChannelMixOptions, type Rwkv6Options, rwkv6, rwkv6ChannelMix } from "./layers/rwkv6";
export { type Rwkv7ChannelMixOptions, type Rwkv7Options, rwkv7, rwkv7ChannelMix } from "./layers/rwkv7";
export { type SimpleGatedLinearAttentionOptions, simpleGatedLinearAttention } from "./layers/simple-gla";
export type { Architecture, Branch } from "./models/architecture";
export { parameterTable } from "./models/architecture";
export { type Embedder, interleave, type Segment } from "./models/interleave";
export { type LoadArgs, type LoadOptions, type LoadProgress, loadModel } from "./models/load";
export { type ForwardArgs, type ForwardResult, Model } from "./models/model";
export { modelTypes, readConfig } from "./models/registry";
export { concatStates, type ModelState, selectState } from "./models/state";
export type { FeatureMapName } from "./modules/feature-map";
export {
  type ByteSource,
  readSafetensors,
  type SafetensorsSource,
  type TensorData,
  type TensorStore,
  writeSafetensors,
} from "./safetensors";
export {
  type PassOptions,
  type PassProgress,
  type Score,
  type ScoreOptions,
  type ScoreProgress,
  score,
} from "./score";
export {
  applyChatTemplate,
  byteTokenizer,
  type ChatMessage,
  type ChatOptions,
  type ChatTemplate,
  type EncodeOptions,
  pretrainedTokenizer,
  type TextStream,
  type Tokenizer,
  tokenizerFor,
} from "./tokenizers";
