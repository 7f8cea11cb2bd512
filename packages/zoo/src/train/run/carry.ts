import type { Tensor } from "@webfla/ops";
import { fromLengths } from "@webfla/varlen";
import type { Model } from "../../models/model";
import { concatStates, type ModelState, selectState } from "../../models/state";

/** What a model remembers of sequences that have not begun. */
export function freshState<T extends Tensor>(model: Model<T>, sequences: number): ModelState<T> {
  return model.ops.scope(() => {
    const empty = fromLengths(new Array<number>(sequences).fill(0));
    return model.hidden({ tokens: new Int32Array(0), varlen: empty, wantState: true }).state!;
  });
}

/** The state of a batch of so many sequences whose first goes on where a document was cut. Takes `carried` over. */
export function carryInto<T extends Tensor>(
  model: Model<T>,
  carried: ModelState<T>,
  sequences: number,
): ModelState<T> {
  if (sequences === 1) return carried;
  const fresh = freshState(model, sequences - 1);
  const whole = concatStates(model.ops, [carried, fresh]);
  for (const state of [carried, fresh]) state.dispose();
  return whole;
}

/** What is remembered of the last sequence alone. Takes the state over. */
export function lastOf<T extends Tensor>({ ops }: Model<T>, state: ModelState<T>): ModelState<T> {
  const last = selectState(ops, state, [state.behind.length - 1]);
  state.dispose();
  return last;
}
