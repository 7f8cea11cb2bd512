export type { Backend, BackwardVerb, GradientsOf, LooseArgs, MemoryUse, Verb, VerbTable } from "./backend";
export {
  AbortedError,
  DeviceLostError,
  DisposedError,
  OutOfMemoryError,
  ShaderError,
  ShapeError,
  UnsupportedError,
  WebflaError,
} from "./errors";
export type { Decay, Erase, Read } from "./laws";
export { checks, createOps, type Ops, verbs } from "./ops";
export {
  bytesPer,
  type DType,
  elements,
  type HostArray,
  promote,
  type Shape,
  showShape,
  type Tensor,
} from "./tensor";
export type {
  CheckedMatmul,
  ConcatArgs,
  FeatureMapArgs,
  GatherArgs,
  MatmulArgs,
  ReduceArgs,
  RowsArgs,
  ScatterAddArgs,
  SliceArgs,
} from "./verbs/dense";
export type {
  AffineArgs,
  BinaryArgs,
  BinaryKind,
  CastArgs,
  CheckedBinary,
  UnaryArgs,
  UnaryKind,
} from "./verbs/elementwise";
export { binaryKinds, unaryKinds } from "./verbs/elementwise";
export type {
  CheckedLinearAttention,
  LinearAttentionArgs,
  LinearAttentionResult,
  LinearAttentionSizes,
} from "./verbs/linear-attention";
export type { CheckedNorm, NormArgs } from "./verbs/norm";
export type { AdamwArgs, AdamwResult } from "./verbs/optimizer";
export type { SampleArgs, SampleResult } from "./verbs/sample";
export type { Rwkv4Args, ScanArgs, SelectiveScanArgs } from "./verbs/scan";
export type {
  AttentionArgs,
  CheckedAttention,
  CrossEntropyArgs,
  CumulativeArgs,
  RotaryArgs,
  SequenceResult,
  ShortConvArgs,
  TokenShiftArgs,
} from "./verbs/sequence";
