import type { Ops, Tensor } from "@webfla/ops";
import { fromLengths, type Varlen } from "@webfla/varlen";
import { appendRows, pick } from "../layers/ragged";

/** The logarithm of a sum of nothing, far below any other and still finite. */
const nothing = -1e30;
/** Decays below it leave nothing in f32. */
const lowest = -100;

export interface RunningLogSumExp<T> {
  /** exp(x_t − z_t) with z_t = log Σ_{s ≤ t} exp(x_s), in (0, 1]. */
  readonly share: T; // [T, D]
  /** z_{t−1} − z_t, at most 0: log of what a sum's earlier terms keep of their share. */
  readonly decay: T; // [T, D]
  /** z after the last token of each sequence. */
  readonly last: T; // [N, D]
}

/** Softmax over time, as it stands at each token of each sequence. x [T, D] f32; before [N, D] f32: z of the tokens so far. */
export function runningLogSumExp<T extends Tensor>(
  ops: Ops<T>,
  x: T,
  before: T | undefined,
  varlen: Varlen,
): RunningLogSumExp<T> {
  const N = varlen.sequences;
  const one = fromLengths(new Uint32Array(N).fill(1));
  // each sequence behind a row of its own past, so that every token has one before it
  const { index, rows } = appendRows(one, varlen);
  const past = before ?? ops.full(nothing, [N, x.shape[1]!]);
  const extended = pick(ops, ops.concat({ xs: [past, x], axis: 0 }), { index, rows });
  const z = ops.cumulative({ kind: "logSumExp", x: extended, varlen: rows });
  const at = (row: (t: number) => number, length: number): T =>
    pick(ops, z, { index: Int32Array.from({ length }, (_, t) => row(t)), rows });
  const current = at((t) => t + varlen.seqIdx[t]! + 1, varlen.totalTokens);
  const earlier = at((t) => t + varlen.seqIdx[t]!, varlen.totalTokens);
  const fall = ops.binary({ kind: "sub", a: earlier, b: current });
  return {
    share: ops.unary({ kind: "exp", x: ops.binary({ kind: "sub", a: x, b: current }) }),
    decay: ops.binary({ kind: "max", a: fall, b: ops.full(lowest, [1]) }),
    last: at((n) => rows.cuSeqlens[n + 1]! - 1, N),
  };
}
