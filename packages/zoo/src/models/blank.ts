import type { Tensor } from "@webfla/ops";
import { fromLengths } from "@webfla/varlen";
import type { Model } from "./model";
import type { ModelState } from "./state";

/** The state of one sequence that has seen nothing. */
export const blankState = <T extends Tensor>(model: Model<T>): ModelState<T> =>
  model.ops.scope(
    () => model.hidden({ tokens: new Int32Array(0), varlen: fromLengths([0]), wantState: true }).state!,
  );
