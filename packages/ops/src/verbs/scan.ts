import type { Varlen } from "@webfla/varlen";
import { expectDType, expectFloat, expectRank, expectShape, expectTokens } from "../check";
import type { Tensor } from "../tensor";
import { expectState } from "./sequence";

/** h_t = exp(g_t) h_{t-1} + x_t, channel by channel; o = h. FLA: hgrn. */
export interface ScanArgs<T> {
  readonly x: T; // [T, D]
  readonly g: T; // [T, D] log decay, at most 0
  readonly initialState?: T | undefined; // [N, D] f32
  readonly outputFinalState?: boolean | undefined;
  readonly varlen: Varlen;
}

/** h_t = exp(dt_t A) h_{t-1} + dt_t x_t B_t, o_t = h_t · C_t + D x_t. Mamba (Gu & Dao 2023), selective scan. */
export interface SelectiveScanArgs<T> {
  readonly x: T; // [T, D]
  readonly dt: T; // [T, D], positive
  readonly A: T; // [D, S], negative
  readonly B: T; // [T, S]
  readonly C: T; // [T, S]
  readonly D?: T | undefined; // [D]
  readonly initialState?: T | undefined; // [N, D, S] f32
  readonly outputFinalState?: boolean | undefined;
  readonly varlen: Varlen;
}

/** The WKV average of RWKV-4 with decay exp(−exp(w)) and bonus u; state = (numerator, denominator, exponent). FLA: fused_recurrent_rwkv4. */
export interface Rwkv4Args<T> {
  readonly w: T; // [C]
  readonly u: T; // [C]
  readonly k: T; // [T, C]
  readonly v: T; // [T, C]
  readonly initialState?: T | undefined; // [N, 3, C] f32
  readonly outputFinalState?: boolean | undefined;
  readonly varlen: Varlen;
}

type WithFinal<A> = A & { readonly outputFinalState: boolean };

export function checkScan<T extends Tensor>(args: ScanArgs<T>): WithFinal<ScanArgs<T>> {
  const { x, g, initialState, varlen, outputFinalState = false } = args;
  expectFloat("scan", { x, g });
  expectRank("scan", "x", x, 2, "[T, D]");
  expectTokens("scan", "x", x, varlen);
  expectShape("scan", "g", g, x.shape, "One gate for each token and channel.");
  if (initialState) expectState("scan", initialState, [varlen.sequences, x.shape[1]!]);
  return { ...args, outputFinalState };
}

export function checkSelectiveScan<T extends Tensor>(
  args: SelectiveScanArgs<T>,
): WithFinal<SelectiveScanArgs<T>> {
  const op = "selectiveScan";
  const { x, dt, A, B, C, D, initialState, varlen, outputFinalState = false } = args;
  expectFloat(op, { x, dt, A, B, C, D });
  expectRank(op, "x", x, 2, "[T, D]");
  expectTokens(op, "x", x, varlen);
  expectRank(op, "A", A, 2, "[D, S]");
  const [rows, channels] = x.shape as [number, number];
  const S = A.shape[1]!;
  expectShape(op, "dt", dt, x.shape, "One step for each token and channel.");
  expectShape(op, "A", A, [channels, S], "One row for each channel of x.");
  expectShape(op, "B", B, [rows, S], "One row for each token.");
  expectShape(op, "C", C, [rows, S], "One row for each token.");
  if (D) expectShape(op, "D", D, [channels], "One for each channel of x.");
  if (initialState) expectState(op, initialState, [varlen.sequences, channels, S]);
  return { ...args, outputFinalState };
}

export function checkRwkv4<T extends Tensor>(args: Rwkv4Args<T>): WithFinal<Rwkv4Args<T>> {
  const op = "rwkv4";
  const { w, u, k, v, initialState, varlen, outputFinalState = false } = args;
  expectFloat(op, { w, u, k, v });
  expectRank(op, "k", k, 2, "[T, C]");
  expectTokens(op, "k", k, varlen);
  const C = k.shape[1]!;
  expectShape(op, "v", v, k.shape, "k and v have one shape.");
  expectShape(op, "w", w, [C], "One for each channel.");
  expectShape(op, "u", u, [C], "One for each channel.");
  if (initialState) {
    expectShape(
      op,
      "the initial state",
      initialState,
      [varlen.sequences, 3, C],
      "Numerator, denominator, exponent of each sequence.",
    );
    expectDType(op, "the initial state", initialState, ["f32"]);
  }
  return { ...args, outputFinalState };
}
