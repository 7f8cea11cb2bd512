import { type Ops, ShapeError, showShape, type Tensor } from "@webfla/ops";
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

/** The states of several batches of one model as the state of all their sequences, in order. The originals stay alive. */
export function concatStates<T extends Tensor>(ops: Ops<T>, states: readonly ModelState<T>[]): ModelState<T> {
  const [first] = states;
  if (!first) throw new ShapeError("concatStates: there must be a state, got none. Pass at least one.");
  for (const state of states) expectAlike("concatStates", state, first);
  return modelState(
    ops.scope(() => ({
      behind: Uint32Array.from(states.flatMap(({ behind }) => [...behind])),
      layers: first.layers.map(
        (layer, i) =>
          layer &&
          concatLayers(
            ops,
            states.map((s) => s.layers[i]!),
          ),
      ),
    })),
  );
}

function concatLayers<T extends Tensor>(ops: Ops<T>, layers: readonly LayerState<T>[]): LayerState<T> {
  const names = Object.keys(layers[0]!.tensors);
  return {
    tensors: Object.fromEntries(
      names.map((name) => [name, ops.concat({ xs: layers.map(({ tensors }) => tensors[name]!), axis: 0 })]),
    ),
    rows: Uint32Array.from(layers.flatMap(({ rows }) => [...rows])),
  };
}

/** The same state for another owner: the storage is shared, and goes with the last of them. */
export const shareState = <T extends Tensor>(ops: Ops<T>, { behind, layers }: ModelState<T>): ModelState<T> =>
  modelState(
    ops.scope(() => ({
      behind,
      layers: layers.map(
        (layer) =>
          layer && {
            rows: layer.rows,
            tensors: Object.fromEntries(
              Object.entries(layer.tensors).map(([name, x]) => [name, ops.reshape(x, x.shape)]),
            ),
          },
      ),
    })),
  );

/** Layers, their tensors and the shapes of a row. */
const layout = ({ layers }: ModelState<Tensor>): string =>
  layers
    .map((layer) =>
      Object.entries(layer?.tensors ?? {})
        .map(([name, { dtype, shape }]) => `${name} ${dtype}${showShape(shape.slice(1))}`)
        .sort()
        .join(", "),
    )
    .join("; ");

/** Throws ShapeError unless two states are of one model. */
export function expectAlike(op: string, state: ModelState<Tensor>, model: ModelState<Tensor>): void {
  const [got, must] = [layout(state), layout(model)];
  if (got !== must)
    throw new ShapeError(
      `${op}: the state must have the rows ${must}, got ${got}. Take the state of the same model.`,
    );
}
