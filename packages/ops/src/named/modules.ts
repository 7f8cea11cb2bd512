import type { Ops, SequenceResult, Tensor } from "..";
import type { Rwkv4Args, ScanArgs, SelectiveScanArgs } from "../verbs/scan";
import type { AttentionArgs, RotaryArgs, ShortConvArgs, TokenShiftArgs } from "../verbs/sequence";
import { type Batch, batchOf } from "./batch";

type Packed<A> = Omit<A, "varlen"> & Batch;
const packed = <A>(args: Packed<A>): A => ({ ...args, varlen: batchOf(args) }) as A;

/** h_t = exp(g) h_{t-1} + x; x, g [T, D]. Qin et al. 2023; FLA `hgrn`. */
export const hgrn = <T extends Tensor>(ops: Ops<T>, args: Packed<ScanArgs<T>>): SequenceResult<T> =>
  ops.scan(packed<ScanArgs<T>>(args));

/** The selective scan of Mamba (Gu & Dao 2023). */
export const mamba1 = <T extends Tensor>(
  ops: Ops<T>,
  args: Packed<SelectiveScanArgs<T>>,
): SequenceResult<T> => ops.selectiveScan(packed<SelectiveScanArgs<T>>(args));

/** The WKV of RWKV-4; state [N, 3, C]. Peng et al. 2023; FLA `fused_recurrent_rwkv4`. */
export const rwkv4 = <T extends Tensor>(
  ops: Ops<T>,
  args: Packed<Omit<Rwkv4Args<T>, "initialState"> & { readonly state?: T | undefined }>,
): SequenceResult<T> => ops.rwkv4({ ...packed<Rwkv4Args<T>>(args), initialState: args.state });

/** Depthwise causal convolution. FLA `causal_conv1d`. */
export const shortConv = <T extends Tensor>(ops: Ops<T>, args: Packed<ShortConvArgs<T>>): SequenceResult<T> =>
  ops.shortConv(packed<ShortConvArgs<T>>(args));

/** x_{t-1} − x_t. FLA `token_shift`. */
export const tokenShift = <T extends Tensor>(
  ops: Ops<T>,
  args: Packed<TokenShiftArgs<T>>,
): SequenceResult<T> => ops.tokenShift(packed<TokenShiftArgs<T>>(args));

/** FLA `rotary_embedding`. */
export const rotary = <T extends Tensor>(ops: Ops<T>, args: Packed<RotaryArgs<T>>): { readonly o: T } => ({
  o: ops.rotary(packed<RotaryArgs<T>>(args)),
});

/** Causal softmax attention with grouped heads, window, sink and forget gates. FLA `parallel_attn`, `parallel_forgetting_attn`. */
export const attn = <T extends Tensor>(
  ops: Ops<T>,
  args: Packed<Omit<AttentionArgs<T>, "window" | "sink">> & {
    readonly windowSize?: number;
    readonly sinkBias?: T;
  },
): { readonly o: T } => ({
  o: ops.attention({ ...packed<AttentionArgs<T>>(args), window: args.windowSize, sink: args.sinkBias }),
});

/** x / sqrt(mean x² + eps) · weight. FLA `rms_norm`. */
export const rmsnorm = <T extends Tensor>(
  ops: Ops<T>,
  { x, weight, eps = 1e-6 }: { readonly x: T; readonly weight?: T; readonly eps?: number },
): { readonly o: T } => ({ o: ops.norm({ kind: "rms", x, weight, eps }) });

/** rmsnorm(x) · weight · act(g). FLA `FusedRMSNormGated`. */
export const rmsnormGated = <T extends Tensor>(
  ops: Ops<T>,
  {
    x,
    g,
    weight,
    eps = 1e-5,
    activation = "swish",
  }: {
    readonly x: T;
    readonly g: T;
    readonly weight?: T;
    readonly eps?: number;
    readonly activation?: "swish" | "silu" | "sigmoid";
  },
): { readonly o: T } => ({
  o: ops.norm({
    kind: "rms",
    x,
    weight,
    eps,
    gate: g,
    activation: activation === "sigmoid" ? "sigmoid" : "silu",
  }),
});

/** x / sqrt(Σx² + eps). FLA `l2norm`. */
export const l2norm = <T extends Tensor>(
  ops: Ops<T>,
  { x, eps = 1e-6 }: { readonly x: T; readonly eps?: number },
): { readonly o: T } => ({ o: ops.norm({ kind: "l2", x, eps }) });

/** Loss of every token, 0 where ignored. FLA `cross_entropy_loss`. */
export const crossEntropy = <T extends Tensor>(
  ops: Ops<T>,
  {
    logits,
    target,
    ignoreIndex,
    labelSmoothing,
    lseSquareScale: zLoss,
  }: {
    readonly logits: T;
    readonly target: T;
    readonly ignoreIndex?: number;
    readonly labelSmoothing?: number;
    readonly lseSquareScale?: number;
  },
): { readonly o: T } => ({
  o: ops.crossEntropy({ logits, targets: target, ignoreIndex, labelSmoothing, zLoss }),
});
