import type { Decay, Erase, LinearAttentionArgs, Read } from "@webfla/ops";
import { fromLengths } from "@webfla/varlen";
import type { CpuTensor } from "../src/index";
import { noise, random } from "./shared";

export type Args = LinearAttentionArgs<CpuTensor>;

export const decays = ["none", "head", "scalar", "vector", "value"] as const;
export const erases = ["none", "delta", "deltaKey", "lowRank", "oja"] as const;
export const reads = ["after", "bonus"] as const;

export interface Case {
  readonly decay: (typeof decays)[number];
  readonly erase: (typeof erases)[number];
  readonly read: (typeof reads)[number];
  readonly lengths: readonly number[];
  readonly H: number;
  readonly group: number;
  readonly K: number;
  readonly V: number;
  readonly steps: number;
  readonly qkL2Norm: boolean;
  readonly given: boolean;
  readonly seed: number;
}

function decayOf(
  kind: Case["decay"],
  make: (...shape: number[]) => CpuTensor,
  c: Case,
  T: number,
): Decay<CpuTensor> | undefined {
  const HV = c.H * c.group;
  switch (kind) {
    case "none":
      return undefined;
    case "head":
      return { kind, slopes: make(HV) };
    case "scalar":
      return { kind, g: make(T, HV) };
    case "vector":
      return { kind, g: make(T, HV, c.K) };
    case "value":
      return { kind, g: make(T, HV, c.V) };
  }
}

/** Arguments for a case: sizes at which every law stays stable. */
export function make(c: Case): Args {
  const rand = random(c.seed);
  const varlen = fromLengths(c.lengths);
  const T = varlen.totalTokens;
  const HV = c.H * c.group;
  const rows = T * c.steps;
  const width = 0.7 * Math.max(c.K, c.V) ** -0.5;
  const key = (heads: number) => noise(rand, [rows, heads, c.K], -width, width);
  const beta = () => noise(rand, [rows, HV], 0, 1);
  const law: Record<Case["erase"], () => Erase<CpuTensor> | undefined> = {
    none: () => undefined,
    delta: () => ({ kind: "delta", beta: beta() }),
    deltaKey: () => ({ kind: "delta", eraseKey: key(HV) }),
    lowRank: () => ({ kind: "lowRank", a: key(c.H), b: key(HV) }),
    oja: () => ({ kind: "oja", beta: beta() }),
  };
  const read: Read<CpuTensor> =
    c.read === "after" ? { kind: "after" } : { kind: "bonus", u: noise(rand, [HV, c.K]) };
  return {
    q: noise(rand, [T, c.H, c.K]),
    k: key(c.H),
    v: noise(rand, [rows, HV, c.V], -width, width),
    decay: decayOf(c.decay, (...shape) => noise(rand, shape, -1, 0), c, T),
    erase: law[c.erase](),
    read,
    steps: c.steps,
    qkL2Norm: c.qkL2Norm,
    initialState: c.given ? noise(rand, [varlen.sequences, HV, c.K, c.V]) : undefined,
    outputFinalState: true,
    varlen,
  };
}

export const base: Omit<Case, "decay" | "erase" | "read"> = {
  lengths: [3, 0, 1, 70, 9],
  H: 2,
  group: 2,
  K: 6,
  V: 9,
  steps: 1,
  qkL2Norm: false,
  given: true,
  seed: 1,
};
/** Every law with every other. */
export const laws = decays.flatMap((decay) =>
  erases.flatMap((erase) => reads.map((read) => ({ decay, erase, read }))),
);
