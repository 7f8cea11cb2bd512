import type { Decay, Erase, LinearAttentionArgs, Read, Tensor } from "@webfla/ops";
import { fromLengths, type Varlen } from "@webfla/varlen";
import type { Maker } from "./verbs/maker";

export interface Shape {
  readonly lengths: readonly number[];
  readonly H: number;
  readonly HV: number;
  readonly K: number;
  readonly V: number;
  readonly steps: number;
}

interface Sizes extends Shape {
  readonly varlen: Varlen;
}

export type Call<T> = LinearAttentionArgs<T>;

const rows = ({ varlen, steps }: Sizes): number => varlen.totalTokens * steps;
const unit = <T extends Tensor>({ ops, normal }: Maker<T>, s: Sizes, heads: number): T =>
  ops.norm({ kind: "l2", x: normal([rows(s), heads, s.K]), eps: 1e-6 });

export const decays = {
  none: () => undefined,
  head: <T extends Tensor>({ uniform }: Maker<T>, { HV }: Sizes): Decay<T> => ({
    kind: "head",
    slopes: uniform([HV], -0.5, 0),
  }),
  scalar: <T extends Tensor>({ gates }: Maker<T>, { HV, varlen }: Sizes): Decay<T> => ({
    kind: "scalar",
    g: gates([varlen.totalTokens, HV]),
  }),
  vector: <T extends Tensor>({ gates }: Maker<T>, { HV, K, varlen }: Sizes): Decay<T> => ({
    kind: "vector",
    g: gates([varlen.totalTokens, HV, K]),
  }),
  value: <T extends Tensor>({ gates }: Maker<T>, { HV, V, varlen }: Sizes): Decay<T> => ({
    kind: "value",
    g: gates([varlen.totalTokens, HV, V]),
  }),
};

export const erases = {
  none: () => undefined,
  delta: <T extends Tensor>(): Erase<T> => ({ kind: "delta" }),
  "delta beta key": <T extends Tensor>(m: Maker<T>, s: Sizes): Erase<T> => ({
    kind: "delta",
    beta: m.uniform([rows(s), s.HV], 0, 1),
    eraseKey: unit(m, s, s.HV),
  }),
  // b opposes a, as removal does: the state stays bounded
  lowRank: <T extends Tensor>(m: Maker<T>, s: Sizes): Erase<T> => ({
    kind: "lowRank",
    a: unit(m, s, s.H),
    b: m.ops.affine({ x: unit(m, s, s.HV), scale: -0.5 }),
  }),
  oja: <T extends Tensor>({ uniform }: Maker<T>, s: Sizes): Erase<T> => ({
    kind: "oja",
    // beta times the square of a value stays below 2: the state stays bounded
    beta: uniform([rows(s), s.HV], 0, 1 / s.V),
  }),
};

export const reads = {
  after: <T extends Tensor>(): Read<T> => ({ kind: "after" }),
  bonus: <T extends Tensor>({ normal }: Maker<T>, { HV, K }: Sizes): Read<T> => ({
    kind: "bonus",
    u: normal([HV, K]),
  }),
};

export interface Law {
  readonly decay: keyof typeof decays;
  readonly erase: keyof typeof erases;
  readonly read: keyof typeof reads;
}

const names = <R extends object>(record: R) => Object.keys(record) as (keyof R)[];

export const laws: readonly Law[] = names(decays).flatMap((decay) =>
  names(erases).flatMap((erase) => names(reads).map((read) => ({ decay, erase, read }))),
);

export const show = (law: Law): string => `decay ${law.decay}, erase ${law.erase}, read ${law.read}`;

/** Draws the arguments of a call, states included. */
export function draw<T extends Tensor>(m: Maker<T>, law: Law, shape: Shape): Call<T> {
  const s: Sizes = { ...shape, varlen: fromLengths(shape.lengths) };
  const { H, HV, K, V, varlen, steps } = s;
  return {
    q: m.normal([varlen.totalTokens, H, K]),
    k: unit(m, s, H),
    v: m.ops.affine({ x: m.normal([rows(s), HV, V]), scale: 0.7 }),
    decay: decays[law.decay](m, s),
    erase: erases[law.erase](m, s),
    read: reads[law.read](m, s),
    steps,
    initialState: m.state([varlen.sequences, HV, K, V]),
    outputFinalState: true,
    varlen,
  };
}

/** Tokens [start, end) of a call of one write a token, as a batch of one sequence. */
export function part<T extends Tensor>(
  { ops }: Maker<T>,
  call: Call<T>,
  [start, end]: readonly [number, number],
  initialState: T | undefined,
): Call<T> {
  const of = (x: T): T => ops.slice({ x, axis: 0, start, end });
  const laws = <L extends object>(law: L | undefined): L | undefined =>
    law && (Object.fromEntries(Object.entries(law).map(([k, x]) => [k, k === "kind" ? x : of(x)])) as L);
  return {
    ...call,
    q: of(call.q),
    k: of(call.k),
    v: of(call.v),
    decay: laws(call.decay),
    erase: laws(call.erase),
    initialState,
    varlen: fromLengths([end - start]),
  };
}

/** cuSeqlens of flash-linear-attention's own tests. */
const packs: readonly (readonly number[])[] = [
  [0, 15],
  [0, 0, 16],
  [0, 256, 500, 1000],
  [0, 111, 500],
  [0, 16, 32, 48, 64],
  [0, 31, 96, 160],
  [0, 96, 177],
  [0, 14, 121, 421, 500],
  [0, 1, 100, 300, 1200, 2048],
  [0, 15, 100, 300, 1200, 2000],
  [0, 200, 512, 1200, 2048],
  [0, 100, 256, 512, 1500, 1500],
  [0, 256, 500, 900, 1000],
  [0, 15, 100, 300, 1200, 1599, 1800, 2000],
  [0, 100, 300, 1200, 3000, 4096],
  [0, 841, 889, 2000, 3000, 4096],
  [0, 8192],
];

/** Each pack under its name; without --full its sequences have a sixteenth of their tokens, rounded up. */
export const flaPacks: readonly { readonly name: string; readonly lengths: readonly number[] }[] = packs.map(
  (cu) => {
    const scale = process.env["WEBFLA_FULL"] ? 1 : 16;
    return {
      name: `cuSeqlens ${cu.join(", ")}`,
      lengths: cu.slice(1).map((end, n) => Math.ceil((end - cu[n]!) / scale)),
    };
  },
);
