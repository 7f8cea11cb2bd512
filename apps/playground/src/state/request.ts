import type { VariantName } from "../variants/names";

/** Variants whose state is one matrix, in the order of what they can do. */
export const stateVariants = [
  "linearAttn",
  "retention",
  "simpleGla",
  "gla",
  "deltaRule",
  "gatedDeltaRule",
  "kda",
  "gatedOjaRule",
  "rwkv7",
] as const satisfies readonly VariantName[];
export type StateVariant = (typeof stateVariants)[number];

/** The state is width × width. */
export const width = 16;

export interface StateRequest {
  readonly text: string;
  readonly variants: readonly StateVariant[];
  /** How much a gate closes at a space; within a word it closes by a sixth of that. */
  readonly decay: number;
  readonly beta: number;
}

/** One variant over the text: [tokens, width, width] after each law of each token. */
export interface Trajectory {
  readonly decayed: Float32Array;
  readonly erased: Float32Array;
  readonly written: Float32Array;
  /** For each token, what the state answers to it: values of the text's bytes by likeness, the likest first. */
  readonly recalls: readonly (readonly Recall[])[];
  /** How far the last state is from the oracle's. */
  readonly error: number;
}

export interface Recall {
  readonly byte: number;
  /** The cosine between what is read and the byte's value. */
  readonly likeness: number;
}

export interface StateReport {
  readonly bytes: Uint8Array; // [T]
  readonly trajectories: readonly Trajectory[];
}
