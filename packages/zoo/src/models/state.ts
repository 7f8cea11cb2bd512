import { type Ops, ShapeError, type Tensor } from "@webfla/ops";
import { fromLengths } from "@webfla/varlen";
import { disposable } from "../disposable";
import type { LayerState } from "../layers/layer";
import { pick, rowsOfSequences } from "../layers/ragged";

/**
 * What a model remembers of a batch's sequences, owned by whoever asked for it.
 * Sequences go on, each by as many tokens as it has, in the next forward pass that is given it.
 */
export interface ModelState<T> extends Disposable {
  /** [N] tokens that each sequence has behind it. */
  readonly behind: Uint32Array;
  /** One for each branch of the model. */
  readonly layers: readonly (LayerState<T> | undefined)[];
  dispose(): void;
}

/** A plain object, so that a scope that returns it keeps its tensors. */
export const modelState = <T extends Tensor>(
  state: Omit<ModelState<T>, keyof Disposable | "dispose">,
): ModelState<T> =>
  disposable(state, () => {
    for (const layer of state.layers) for (const x of Object.values(layer?.tensors ?? {})) x.dispose();
  });

/** The state of some sequences, in the order given; one may be taken twice (a fork). The original stays alive. */
export function selectState<T extends Tensor>(
  ops: Ops<T>,
  state: ModelState<T>,
  sequences: readonly number[],
): ModelState<T> {
  const count = state.behind.length;
  for (const n of sequences)
    if (!Number.isInteger(n) || n < 0 || n >= count)
      throw new ShapeError(
        `selectState: sequences must be integers in 0..${count - 1}, got ${n}. Choose among the state's.`,
      );
  return modelState(
    ops.scope(() => ({
      behind: Uint32Array.from(sequences, (n) => state.behind[n]!),
      layers: state.layers.map((layer) => layer && selectLayer(ops, layer, sequences)),
    })),
  );
}

function selectLayer<T extends Tensor>(
  ops: Ops<T>,
  { tensors, rows }: LayerState<T>,
  sequences: readonly number[],
): LayerState<T> {
  const choice = rowsOfSequences(fromLengths(rows), sequences);
  return {
    tensors: Object.fromEntries(Object.entries(tensors).map(([name, x]) => [name, pick(ops, x, choice)])),
    rows: choice.rows.lengths,
  };
}
