import type { Varlen } from "@webfla/varlen";
import {
  type Complete,
  expectAlive,
  expectDType,
  expectFinite,
  expectFloat,
  expectInteger,
  expectRank,
  expectShape,
  expectTokens,
} from "../check";
import { ShapeError } from "../errors";
import type { Tensor } from "../tensor";

/** Depthwise causal convolution that starts afresh in every sequence: y_t = Σ_w x_{t-W+1+w} weight[:, w]. FLA: causal_conv1d. */
export interface ShortConvArgs<T> {
  readonly x: T; // [T, D]
  readonly weight: T; // [D, W], last column = current token
  readonly bias?: T | undefined; // [D]
  readonly activation?: "silu" | undefined;
  readonly initialState?: T | undefined; // [N, D, W] f32: the last W inputs, oldest first; column 0 is not read
  readonly outputFinalState?: boolean | undefined;
  readonly varlen: Varlen;
}

/** o_t = x_{t-1} − x_t inside each sequence; x_{-1} = cache or 0. FLA: token_shift. */
export interface TokenShiftArgs<T> {
  readonly x: T; // [T, D]
  readonly cache?: T | undefined; // [N, D] f32
  readonly outputFinalState?: boolean | undefined;
  readonly varlen: Varlen;
}

export interface SequenceResult<T> {
  readonly o: T;
  readonly finalState: T | undefined;
}

/** Rotates channel pairs by the token's position in its sequence (+ offset). FLA: rotary_embedding. */
export interface RotaryArgs<T> {
  readonly x: T; // [T, H, D]
  readonly cos: T; // [P, R/2], R ≤ D channels are rotated
  readonly sin: T; // [P, R/2]
  /** Pairs are (0,1), (2,3), …; otherwise (0, R/2), (1, R/2 + 1), …. Default false. */
  readonly interleaved?: boolean | undefined;
  /** Positions each sequence has behind it. [N], host. */
  readonly offsets?: Uint32Array | undefined;
  readonly varlen: Varlen;
}

/** Causal softmax attention inside each sequence, queries aligned with the last keys. FLA: parallel_attn. */
export interface AttentionArgs<T> {
  readonly q: T; // [T, HQ, K]
  readonly k: T; // [TK, H, K], HQ a multiple of H
  readonly v: T; // [TK, H, V]
  readonly scale?: number | undefined; // default K^-0.5
  /** Keys seen: i − window + 1 .. i. */
  readonly window?: number | undefined;
  readonly g?: T | undefined; // [TK, HQ] log forget gates
  readonly sink?: T | undefined; // [HQ] logit of a key without value
  readonly varlen: Varlen;
  /** Of k and v, when they hold more than the queries' tokens (a cache). Default varlen. */
  readonly keyVarlen?: Varlen | undefined;
}

export interface CheckedAttention<T> extends AttentionArgs<T> {
  readonly scale: number;
  readonly window: number;
  readonly keyVarlen: Varlen;
}

/** Loss of every row, 0 where ignored. FLA: cross_entropy_loss without reduction. */
export interface CrossEntropyArgs<T> {
  readonly logits: T; // [T, C]
  readonly targets: T; // [T] i32
  readonly ignoreIndex?: number | undefined; // -100
  readonly labelSmoothing?: number | undefined;
  /** Weight of (log Σ exp(logits))², added to the loss (FLA's lse_square_scale). Default 0. */
  readonly zLoss?: number | undefined;
}

/** Running sums inside each sequence, or inside each chunk of it. FLA: chunk_local_cumsum, chunk_global_cumsum. */
export interface CumulativeArgs<T> {
  readonly kind: "sum" | "logSumExp";
  readonly x: T; // [T, ...]
  readonly chunkSize?: number | undefined;
  readonly reverse?: boolean | undefined;
  readonly varlen: Varlen;
}

export function checkShortConv<T extends Tensor>(
  args: ShortConvArgs<T>,
): ShortConvArgs<T> & { readonly outputFinalState: boolean } {
  const op = "shortConv";
  const { x, weight, bias, initialState, varlen, outputFinalState = false } = args;
  expectFloat(op, { x, weight, bias });
  expectRank(op, "x", x, 2, "[T, D]");
  expectTokens(op, "x", x, varlen);
  const D = x.shape[1]!;
  expectRank(op, "weight", weight, 2, "[D, W]");
  const W = weight.shape[1]!;
  expectInteger(op, "the width W", W, 1, 64);
  expectShape(op, "weight", weight, [D, W], "One filter for each channel of x.");
  if (bias) expectShape(op, "bias", bias, [D], "One for each channel of x.");
  if (initialState) expectState(op, initialState, [varlen.sequences, D, W]);
  return { ...args, outputFinalState };
}

export function checkTokenShift<T extends Tensor>(
  args: TokenShiftArgs<T>,
): TokenShiftArgs<T> & { readonly outputFinalState: boolean } {
  const op = "tokenShift";
  const { x, cache, varlen, outputFinalState = false } = args;
  expectFloat(op, { x });
  expectRank(op, "x", x, 2, "[T, D]");
  expectTokens(op, "x", x, varlen);
  if (cache) expectState(op, cache, [varlen.sequences, x.shape[1]!]);
  return { ...args, outputFinalState };
}

export function expectState<T extends Tensor>(op: string, state: T, shape: readonly number[]): void {
  expectShape(
    op,
    "the initial state",
    state,
    shape,
    "One row for each sequence of the batch, empty ones too.",
  );
  expectDType(op, "the initial state", state, ["f32"]);
}

export function checkRotary<T extends Tensor>(
  args: RotaryArgs<T>,
): RotaryArgs<T> & { readonly interleaved: boolean } {
  const op = "rotary";
  const { x, cos, sin, offsets, varlen, interleaved = false } = args;
  expectFloat(op, { x, cos, sin });
  expectRank(op, "x", x, 3, "[T, H, D]");
  expectTokens(op, "x", x, varlen);
  expectRank(op, "cos", cos, 2, "[P, R/2]");
  expectShape(op, "sin", sin, cos.shape, "sin and cos are tables of one shape.");
  expectInteger(op, "2 · cos columns", cos.shape[1]! * 2, 2, x.shape[2]!);
  if (offsets && offsets.length !== varlen.sequences)
    throw new ShapeError(
      `${op}: offsets must have ${varlen.sequences} entries, got ${offsets.length}. One for each sequence.`,
    );
  for (let n = 0; n < varlen.sequences; n++) {
    const last = (offsets?.[n] ?? 0) + varlen.lengths[n]!;
    if (last > cos.shape[0]!)
      throw new ShapeError(
        `${op}: the table must cover sequence ${n} up to position ${last}, got ${cos.shape[0]} rows. Make a longer table.`,
      );
  }
  return { ...args, interleaved };
}

export function checkAttention<T extends Tensor>(args: AttentionArgs<T>): CheckedAttention<T> {
  const op = "attention";
  const { q, k, v, g, sink, varlen, keyVarlen = varlen, window = 0 } = args;
  expectFloat(op, { q, k, v, g, sink });
  for (const [name, x] of Object.entries({ q, k, v })) expectRank(op, name, x, 3, "[T, heads, channels]");
  expectTokens(op, "q", q, varlen);
  expectTokens(op, "k", k, keyVarlen);
  const [, HQ, K] = q.shape as [number, number, number];
  const [TK, H] = v.shape as [number, number, number];
  expectShape(op, "k", k, [TK, H, K], "k has q's channels, and v's rows and heads.");
  if (HQ % H !== 0)
    throw new ShapeError(
      `${op}: query heads must be a multiple of key heads, got ${HQ} and ${H}. Repeat or merge heads.`,
    );
  if (g) expectShape(op, "g", g, [TK, HQ], "One log forget gate for each key token and query head.");
  if (sink) expectShape(op, "sink", sink, [HQ], "One for each query head.");
  expectInteger(op, "window", window, 0, 2 ** 31 - 1);
  if (keyVarlen.sequences !== varlen.sequences)
    throw new ShapeError(
      `${op}: keyVarlen must have ${varlen.sequences} sequences, got ${keyVarlen.sequences}. Keys and queries are of one batch.`,
    );
  for (let n = 0; n < varlen.sequences; n++)
    if (keyVarlen.lengths[n]! < varlen.lengths[n]!)
      throw new ShapeError(
        `${op}: sequence ${n} must have at least as many keys as queries, got ${keyVarlen.lengths[n]} and ${varlen.lengths[n]}. Append the new keys to the cache first.`,
      );
  const scale = args.scale ?? K ** -0.5;
  expectFinite(op, "scale", scale);
  return { ...args, scale, window, keyVarlen };
}

export function checkCrossEntropy<T extends Tensor>(
  args: CrossEntropyArgs<T>,
): Complete<CrossEntropyArgs<T>> {
  const op = "crossEntropy";
  const { logits, targets, ignoreIndex = -100, labelSmoothing = 0, zLoss = 0 } = args;
  expectFloat(op, { logits });
  expectRank(op, "logits", logits, 2, "[T, C]");
  expectAlive(op, "targets", targets);
  expectDType(op, "targets", targets, ["i32"]);
  expectShape(op, "targets", targets, [logits.shape[0]!], "One for each row of logits.");
  if (!(labelSmoothing >= 0 && labelSmoothing < 1))
    throw new ShapeError(
      `${op}: labelSmoothing must lie in [0, 1), got ${labelSmoothing}. Correct the argument.`,
    );
  expectFinite(op, "zLoss", zLoss);
  return { logits, targets, ignoreIndex, labelSmoothing, zLoss };
}

export function checkCumulative<T extends Tensor>(
  args: CumulativeArgs<T>,
): CumulativeArgs<T> & { readonly reverse: boolean; readonly chunkSize: number } {
  const { x, varlen, reverse = false, chunkSize = 0 } = args;
  expectFloat("cumulative", { x });
  expectTokens("cumulative", "x", x, varlen);
  expectInteger("cumulative", "chunkSize", chunkSize, 0, 2 ** 31 - 1);
  return { ...args, reverse, chunkSize };
}
