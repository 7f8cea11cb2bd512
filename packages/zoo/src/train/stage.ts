import type { Ops, Tensor } from "@webfla/ops";
import { createTape, type Variable } from "@webfla/ops/tape";
import type { LayerState, Shared, Weights } from "../layers/layer";
import { type Gradients, take } from "./gradients";

/** What runs through a model beside its parameters. */
export interface Flow<T> {
  /** Absent before the embeddings. */
  readonly x?: T | undefined;
  readonly shared: Shared<T>;
}

export interface StageResult<T> {
  readonly x: T;
  /** Added to what was shared before. */
  readonly shared?: Shared<T> | undefined;
  readonly state?: LayerState<T> | undefined;
}

export interface StageOptions<T> {
  readonly state?: LayerState<T> | undefined;
  readonly wantState: boolean;
}

/** A piece of a model, on any `Ops`. */
export type Stage = <T extends Tensor>(
  ops: Ops<T>,
  weights: Weights<T>,
  flow: Flow<T>,
  options: StageOptions<T>,
) => StageResult<T>;

/** Where the parameters are, and where their gradients go. */
export interface Parameters<T extends Tensor> {
  readonly ops: Ops<T>;
  readonly weights: Weights<T>;
  readonly trainable: (name: string) => boolean;
  readonly gradients: Gradients<T>;
}

/** A stage that has run. Its results live until `dispose`. */
export interface Ran<T extends Tensor> extends StageResult<T> {
  /** From the gradients of the results to those of the inputs; the parameters' are added to theirs. Owned by the caller. */
  back(grad: { readonly x: T; readonly shared: Gradients<T> }): {
    readonly x: T | undefined;
    readonly shared: Gradients<T>;
  };
  dispose(): void;
}

/** Runs a stage on a tape of its own, which is kept for the way back. */
export function record<T extends Tensor>(
  { ops, weights, trainable, gradients }: Parameters<T>,
  stage: Stage,
  flow: Flow<T>,
  options: StageOptions<T>,
): Ran<T> {
  const tape = createTape(ops);
  const [used, usedShared] = [new Leaves<T>(), new Leaves<T>()];
  const leaf: Weights<Variable<T>> = (name) =>
    used.get(name, () => (trainable(name) ? tape.watch(weights(name)) : tape.constant(weights(name))));
  const x = flow.x && tape.watch(flow.x);
  // what a stage does not ask for has no gradient here
  const shared: Shared<Variable<T>> = Object.defineProperties(
    {},
    mapRecord(flow.shared, (value, name) => ({
      enumerable: true,
      get: () => usedShared.get(name, () => tape.watch(value)),
    })),
  );
  const state = options.state && {
    rows: options.state.rows,
    tensors: mapRecord(options.state.tensors, (value) => tape.constant(value)),
  };
  const made = orDispose(tape, () =>
    tape.ops.scope(() => stage(tape.ops, leaf, { x, shared }, { ...options, state })),
  );
  return {
    x: made.x.value,
    shared: made.shared && mapRecord(made.shared, (variable) => variable.value),
    state: made.state && {
      rows: made.state.rows,
      tensors: mapRecord(made.state.tensors, (variable) => kept(ops, variable)),
    },
    back(grad) {
      const roots = [{ of: made.x, seed: grad.x }];
      const before: Gradients<T> = new Map();
      for (const [name, seed] of grad.shared) {
        const of = made.shared?.[name];
        if (of) roots.push({ of, seed });
        else before.set(name, ops.reshape(seed, seed.shape));
      }
      const own = [...used.all].filter(([name]) => trainable(name));
      const theirs = [...usedShared.all];
      const leaves = [...own, ...theirs].map(([, variable]) => variable);
      const found = tape.gradients(roots, x ? [...leaves, x] : leaves);
      for (const [i, [name]] of own.entries()) take(ops, gradients, name, found[i]!);
      for (const [i, [name]] of theirs.entries()) take(ops, before, name, found[own.length + i]!);
      return { x: x && found.at(-1), shared: before };
    },
    dispose() {
      tape.dispose();
      for (const variable of [made.x, ...Object.values(made.shared ?? {})]) variable.dispose();
    },
  };
}

/** Runs a stage without a tape, and again with one on the way back: only its results are kept. */
export function recomputed<T extends Tensor>(
  parameters: Parameters<T>,
  stage: Stage,
  flow: Flow<T>,
  options: StageOptions<T>,
): Ran<T> {
  const { ops, weights } = parameters;
  const made = ops.scope(() => stage(ops, weights, flow, options));
  return {
    ...made,
    back(grad) {
      const again = record(parameters, stage, flow, { ...options, wantState: false });
      try {
        return again.back(grad);
      } finally {
        again.dispose();
      }
    },
    dispose() {
      // a stage may hand on what it was given
      for (const x of [made.x, ...Object.values(made.shared ?? {})])
        if (x !== flow.x && !Object.values(flow.shared).includes(x)) x.dispose();
    },
  };
}

/** What the body makes; the record is freed where it throws. */
function orDispose<R>(tape: { dispose(): void }, body: () => R): R {
  try {
    return body();
  } catch (error) {
    tape.dispose();
    throw error;
  }
}

/** Leaves of a tape, made when first asked for. */
class Leaves<T extends Tensor> {
  readonly all = new Map<string, Variable<T>>();

  get(name: string, make: () => Variable<T>): Variable<T> {
    const known = this.all.get(name);
    if (known) return known;
    const made = make();
    this.all.set(name, made);
    return made;
  }
}

/** Another handle to a variable's value, which outlives the variable. */
function kept<T extends Tensor>(ops: Ops<T>, variable: Variable<T>): T {
  const value = ops.reshape(variable.value, variable.shape);
  variable.dispose();
  return value;
}

const mapRecord = <A, B>(
  record: Readonly<Record<string, A>>,
  map: (x: A, name: string) => B,
): Record<string, B> => Object.fromEntries(Object.entries(record).map(([name, x]) => [name, map(x, name)]));
