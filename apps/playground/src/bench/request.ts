import type { VariantName } from "../variants/names";
import type { Progress } from "../worker/choices";

export const benchVariants = [
  "retention",
  "simpleGla",
  "gla",
  "deltaRule",
  "gatedDeltaRule",
  "kda",
  "rwkv7",
] as const satisfies readonly VariantName[];
export type BenchVariant = (typeof benchVariants)[number];

export const suites = {
  plans: "Chunks against token by token",
  packing: "Packed against padded",
  tiers: "Tiers against each other",
} as const;
export type Suite = keyof typeof suites;
export const suiteNames = Object.keys(suites) as Suite[];

/** Heads and widths of the committed results. */
export const heads = { H: 4, HV: 4, K: 64, V: 64 } as const;
/** Sequences of a ragged batch. */
export const sequences = 16;

export interface BenchRequest {
  readonly variant: BenchVariant;
  readonly suites: readonly Suite[];
  /** Tokens of the largest case. */
  readonly tokens: number;
  readonly on: "webgpu" | "cpu";
}

/** A call that was timed. */
export interface Point {
  readonly suite: Suite;
  readonly series: string;
  /** Tokens of one sequence; in the suite packing, the skew of the lengths. */
  readonly x: number;
  /** Tokens that were computed, padding too. */
  readonly tokens: number;
  /** The median of a call with all its work, nothing read back. */
  readonly ms: number;
}

export interface BenchUpdate {
  readonly progress: Progress;
  readonly points: readonly Point[];
}

export interface BenchReport {
  readonly machine: string;
  readonly features: readonly string[];
  /** How far the smallest case is from the CPU backend. */
  readonly error: number;
  readonly points: readonly Point[];
}
