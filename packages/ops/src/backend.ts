import type { Complete } from "./check";
import type { DType, HostArray, Shape, Tensor } from "./tensor";
import type {
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
import type { AffineArgs, BinaryArgs, CastArgs, CheckedBinary, UnaryArgs } from "./verbs/elementwise";
import type {
  CheckedLinearAttention,
  LinearAttentionArgs,
  LinearAttentionResult,
} from "./verbs/linear-attention";
import type { CheckedNorm, NormArgs } from "./verbs/norm";
import type { AdamwArgs, AdamwResult } from "./verbs/optimizer";
import type { SampleArgs, SampleResult } from "./verbs/sample";
import type { Rwkv4Args, ScanArgs, SelectiveScanArgs } from "./verbs/scan";
import type {
  AttentionArgs,
  CheckedAttention,
  CrossEntropyArgs,
  CumulativeArgs,
  RotaryArgs,
  SequenceResult,
  ShortConvArgs,
  TokenShiftArgs,
} from "./verbs/sequence";

type Shaped<A> = A & { readonly shape: Shape };
type Final<A> = A & { readonly outputFinalState: boolean };

/** The verbs as a backend sees them: every argument checked and completed, nothing owned. [arguments, result] */
export interface VerbTable<T> {
  unary: [UnaryArgs<T>, T];
  affine: [Complete<AffineArgs<T>>, T];
  binary: [CheckedBinary<T>, T];
  cast: [CastArgs<T>, T];
  matmul: [CheckedMatmul<T>, T];
  gather: [Shaped<GatherArgs<T>>, T];
  scatterAdd: [Shaped<ScatterAddArgs<T>>, T];
  transpose: [RowsArgs<T>, T];
  slice: [Shaped<SliceArgs<T>>, T];
  concat: [Shaped<ConcatArgs<T>>, T];
  reduce: [Shaped<Complete<ReduceArgs<T>>>, T];
  softmax: [RowsArgs<T>, T];
  argmax: [RowsArgs<T>, T];
  sample: [SampleArgs<T>, SampleResult<T>];
  featureMap: [Shaped<FeatureMapArgs<T>>, T];
  norm: [CheckedNorm<T>, T];
  shortConv: [Final<ShortConvArgs<T>>, SequenceResult<T>];
  tokenShift: [Final<TokenShiftArgs<T>>, SequenceResult<T>];
  rotary: [RotaryArgs<T> & { readonly interleaved: boolean }, T];
  attention: [CheckedAttention<T>, T];
  crossEntropy: [Complete<CrossEntropyArgs<T>>, T];
  cumulative: [CumulativeArgs<T> & { readonly reverse: boolean; readonly chunkSize: number }, T];
  linearAttention: [CheckedLinearAttention<T>, LinearAttentionResult<T>];
  scan: [Final<ScanArgs<T>>, SequenceResult<T>];
  selectiveScan: [Final<SelectiveScanArgs<T>>, SequenceResult<T>];
  rwkv4: [Final<Rwkv4Args<T>>, SequenceResult<T>];
  adamw: [AdamwArgs<T>, AdamwResult<T>];
}

/** What a caller may leave out. */
export interface LooseArgs<T> {
  unary: UnaryArgs<T>;
  affine: AffineArgs<T>;
  binary: BinaryArgs<T>;
  cast: CastArgs<T>;
  matmul: MatmulArgs<T>;
  gather: GatherArgs<T>;
  scatterAdd: ScatterAddArgs<T>;
  transpose: RowsArgs<T>;
  slice: SliceArgs<T>;
  concat: ConcatArgs<T>;
  reduce: ReduceArgs<T>;
  softmax: RowsArgs<T>;
  argmax: RowsArgs<T>;
  sample: SampleArgs<T>;
  featureMap: FeatureMapArgs<T>;
  norm: NormArgs<T>;
  shortConv: ShortConvArgs<T>;
  tokenShift: TokenShiftArgs<T>;
  rotary: RotaryArgs<T>;
  attention: AttentionArgs<T>;
  crossEntropy: CrossEntropyArgs<T>;
  cumulative: CumulativeArgs<T>;
  linearAttention: LinearAttentionArgs<T>;
  scan: ScanArgs<T>;
  selectiveScan: SelectiveScanArgs<T>;
  rwkv4: Rwkv4Args<T>;
  adamw: AdamwArgs<T>;
}

export type Verb = keyof VerbTable<never>;

/**
 * The gradient of a verb: from its checked arguments, its results and the gradients of its results to the gradients
 * of its tensor arguments, under the arguments' own names; laws keep their shape (`decay: { kind, g }`).
 */
export interface BackwardVerb<T, V extends Verb> {
  (call: {
    readonly args: VerbTable<T>[V][0];
    readonly result: VerbTable<T>[V][1];
    readonly grad: VerbTable<T>[V][1] extends T
      ? T
      : { readonly [R in keyof VerbTable<T>[V][1]]: T | undefined };
    /** Whether the gradient of an argument is asked for, and need not be left out; without it all are. */
    readonly isWanted?: ((x: T) => boolean) | undefined;
  }): GradientsOf<LooseArgs<T>[V], T>;
  /** Throws UnsupportedError for arguments that have no gradient on the device. Called when they are recorded. */
  readonly expect?: (args: VerbTable<T>[V][0]) => void;
}

/** An argument record with every tensor replaced by its gradient, or nothing where there is none. */
export type GradientsOf<A, T> = {
  readonly [P in keyof A as NonNullable<A[P]> extends T | { kind: string } | readonly T[] ? P : never]?:
    | A[P]
    | undefined;
};

/** What a device implements. Every method records and returns at once. */
export type Backend<T extends Tensor> = {
  readonly name: string;
  /** Storage types the device can hold. */
  readonly dtypes: readonly DType[];
  /** Copies host data; f16 is rounded. */
  upload(data: HostArray, shape: Shape, dtype: DType): T;
  /** A tensor full of one value. */
  fill(value: number, shape: Shape, dtype: DType): T;
  /** The same storage under another shape. */
  reshape(x: T, shape: Shape): T;
  /** Waits for everything recorded before, and copies to the host. */
  read(x: T): Promise<HostArray>;
  /** Live tensors and bytes, the most there were, and bytes kept for reuse. */
  memory(): MemoryUse;
  dispose(): void;
  /** Gradients, of the verbs that have one on this device. */
  readonly backward: { readonly [V in Verb]?: BackwardVerb<T, V> };
} & BackendVerbs<T>;

export type BackendVerbs<T> = { readonly [V in Verb]: (args: VerbTable<T>[V][0]) => VerbTable<T>[V][1] };

export interface MemoryUse {
  readonly tensors: number;
  readonly bytes: number;
  readonly pooledBytes: number;
  /** The most bytes that were live at once. */
  readonly peakBytes: number;
}
