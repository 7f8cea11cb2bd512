import type { Varlen } from "@webfla/varlen";
import {
  type Dim,
  expectDType,
  expectFinite,
  expectFloat,
  expectInteger,
  expectRank,
  expectShape,
  expectTokens,
} from "../check";
import { ShapeError } from "../errors";
import type { Decay, Erase, Read } from "../laws";
import type { Tensor } from "../tensor";

/** Arguments of `linearAttention`; T rows of q, T · steps rows of k and v. */
export interface LinearAttentionArgs<T> {
  readonly q: T; // [T, H, K]
  readonly k: T; // [T · steps, H, K]
  readonly v: T; // [T · steps, HV, V]
  readonly decay?: Decay<T> | undefined;
  readonly erase?: Erase<T> | undefined;
  readonly read?: Read<T> | undefined;
  /** Factor on q. Default K^-0.5. */
  readonly scale?: number | undefined;
  readonly initialState?: T | undefined; // [N, HV, K, V] f32
  /** Whether to return the state after each sequence. Default false. */
  readonly outputFinalState?: boolean | undefined;
  /** Writes a token makes before it is read (householder products); the decay applies before the first. Default 1. */
  readonly steps?: number | undefined;
  /** Normalise the rows of q and k as x / sqrt(Σx² + 1e-6) first. Default false. */
  readonly qkL2Norm?: boolean | undefined;
  readonly varlen: Varlen;
}

export interface LinearAttentionResult<T> {
  readonly o: T; // [T, HV, V]
  readonly finalState: T | undefined; // [N, HV, K, V] f32
}

export interface LinearAttentionSizes {
  readonly T: number;
  readonly N: number;
  readonly H: number;
  readonly HV: number;
  readonly K: number;
  readonly V: number;
}

/** What a backend gets: every default filled in, every shape checked. */
export interface CheckedLinearAttention<T> extends LinearAttentionArgs<T> {
  readonly scale: number;
  readonly steps: number;
  readonly qkL2Norm: boolean;
  readonly outputFinalState: boolean;
  readonly read: Read<T>;
  readonly sizes: LinearAttentionSizes;
}

const op = "linearAttention";

export function checkLinearAttention<T extends Tensor>(
  args: LinearAttentionArgs<T>,
): CheckedLinearAttention<T> {
  const { q, k, v, varlen, initialState, steps = 1, outputFinalState = false, qkL2Norm = false } = args;
  expectFloat(op, { q, k, v });
  expectRank(op, "q", q, 3, "[T, H, K]");
  expectRank(op, "v", v, 3, "[T, HV, V]");
  expectInteger(op, "steps", steps, 1, 64);
  expectTokens(op, "q", q, varlen);
  const [T, H, K] = q.shape as [number, number, number];
  const [, HV, V] = v.shape as [number, number, number];
  const N = varlen.sequences;
  expectShape(op, "k", k, [T * steps, H, K], "k has q's heads and channels, and `steps` rows a token.");
  expectTokens(op, "v", v, varlen, steps);
  for (const [name, size] of Object.entries({ H, HV, K, V })) expectInteger(op, name, size, 1, 65_535);
  if (HV % H !== 0)
    throw new ShapeError(
      `${op}: value heads must be a multiple of key heads, got HV ${HV} and H ${H}. Repeat or merge heads.`,
    );
  const scale = args.scale ?? K ** -0.5;
  expectFinite(op, "scale", scale);
  checkDecay(args.decay, T, HV, K, V);
  checkErase(args.erase, T * steps, H, HV, K);
  const read = args.read ?? { kind: "after" };
  if (read.kind === "bonus") {
    expectFloat(op, { u: read.u });
    expectShape(op, "read.u", read.u, [HV, K], "One bonus for each head and key channel.");
  }
  if (initialState) {
    expectShape(
      op,
      "initialState",
      initialState,
      [N, HV, K, V],
      "One state for each sequence of the batch, empty ones too.",
    );
    expectDType(op, "initialState", initialState, ["f32"]);
  }
  return { ...args, scale, steps, outputFinalState, qkL2Norm, read, sizes: { T, N, H, HV, K, V } };
}

function checkDecay<T extends Tensor>(
  decay: Decay<T> | undefined,
  T: number,
  HV: number,
  K: number,
  V: number,
): void {
  if (!decay) return;
  const shapes = { head: [HV], scalar: [T, HV], vector: [T, HV, K], value: [T, HV, V] };
  const gate = decay.kind === "head" ? decay.slopes : decay.g;
  expectFloat(op, { "decay gate": gate });
  expectShape(
    op,
    `${decay.kind} decay`,
    gate,
    shapes[decay.kind],
    "Gates are per token and value head, in log space.",
  );
}

function checkErase<T extends Tensor>(
  erase: Erase<T> | undefined,
  rows: number,
  H: number,
  HV: number,
  K: number,
): void {
  if (!erase) return;
  const key: readonly Dim[] = [rows, [H, HV], K];
  const expectKey = (name: string, x: T): void => {
    expectFloat(op, { [name]: x });
    expectShape(op, name, x, key, "It has a row for each write, and key or value heads.");
  };
  const expectBeta = (beta: T): void => {
    expectFloat(op, { "erase.beta": beta });
    expectShape(op, "erase.beta", beta, [rows, HV], "One strength for each write and value head.");
  };
  switch (erase.kind) {
    case "delta":
      if (erase.beta) expectBeta(erase.beta);
      if (erase.eraseKey) expectKey("erase.eraseKey", erase.eraseKey);
      return;
    case "lowRank":
      expectKey("erase.a", erase.a);
      expectKey("erase.b", erase.b);
      return;
    case "oja":
      expectBeta(erase.beta);
      return;
    default:
      erase satisfies never;
  }
}
