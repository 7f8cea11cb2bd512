import type { Ops, Shape, Tensor } from "@webfla/ops";
import type { Varlen } from "@webfla/varlen";
import type { Positions } from "./positions";

/** Names below a layer's prefix, as FLA has them, and their shapes. */
export type ParameterTable = Readonly<Record<string, Shape>>;

/** Looks a layer's parameter up by its name below the layer's prefix. */
export type Weights<T> = (name: string) => T;

/** What a layer remembers of each sequence. */
export interface LayerState<T> {
  /** The rows of all sequences back to back along the first axis. */
  readonly tensors: Readonly<Record<string, T>>;
  /** [N] rows of each sequence: 1 of a recurrence, the keys kept of an attention. */
  readonly rows: Uint32Array;
}

/** Values of one forward pass that layers have in common, by name. */
export type Shared<T> = Readonly<Record<string, T>>;

export interface LayerContext<T> {
  readonly varlen: Varlen;
  readonly positions: Positions;
  /** What the model computed for all layers, and what the layers before this one shared. */
  readonly shared: Shared<T>;
  /** What the layer remembered of these sequences; absent at their start. */
  readonly state?: LayerState<T> | undefined;
  /** Whether to return the state after the last token. */
  readonly wantState: boolean;
}

export interface LayerResult<T> {
  readonly o: T; // [T, hidden]
  /** Absent when not wanted, and for a layer that remembers nothing. */
  readonly state?: LayerState<T> | undefined;
  /** For the layers that follow. */
  readonly shared?: Shared<T> | undefined;
}

/** The state of a recurrence: one row for each sequence. */
export const recurrentState = <T>(varlen: Varlen, tensors: LayerState<T>["tensors"]): LayerState<T> => ({
  tensors,
  rows: new Uint32Array(varlen.sequences).fill(1),
});

/** A map of packed rows to packed rows, written against the verbs alone. */
export interface Layer {
  readonly parameters: ParameterTable;
  forward<T extends Tensor>(ops: Ops<T>, weights: Weights<T>, x: T, context: LayerContext<T>): LayerResult<T>;
}

/** A table's names behind a prefix. */
export const prefixed = (prefix: string, table: ParameterTable): ParameterTable =>
  Object.fromEntries(Object.entries(table).map(([name, shape]) => [`${prefix}.${name}`, shape]));

/** The weights below a prefix. */
export const below =
  <T>(weights: Weights<T>, prefix: string): Weights<T> =>
  (name) =>
    weights(`${prefix}.${name}`);

/** x Wᵀ (+ bias). weight [out, in] */
export const linear = <T extends Tensor>(ops: Ops<T>, x: T, weight: T, bias?: T): T =>
  ops.matmul({ a: x, b: weight, transposeB: true, bias });

/** [T, heads · channels] as [T, heads, channels]. */
export const splitHeads = <T extends Tensor>(ops: Ops<T>, x: T, heads: number): T =>
  ops.reshape(x, [x.shape[0]!, heads, x.shape[1]! / heads]);

/** [T, heads, channels] as [T, heads · channels]. */
export const mergeHeads = <T extends Tensor>(ops: Ops<T>, x: T): T =>
  ops.reshape(x, [x.shape[0]!, x.shape[1]! * x.shape[2]!]);
