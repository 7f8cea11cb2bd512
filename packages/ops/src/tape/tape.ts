import type { Backend, Verb } from "../backend";
import { ShapeError, UnsupportedError } from "../errors";
import { createOps, type Ops, verbs } from "../ops";
import { visitTensors } from "../scope";
import { type DType, type HostArray, type Shape, showShape, type Tensor } from "../tensor";
import { constants, rules } from "./rules";
import { Cell, mapArguments, Variable, zipArguments } from "./variable";

/** Records what is computed through its `ops`, and runs it backwards. */
export interface Tape<T extends Tensor> {
  /** The verbs over variables: any layer runs on them unchanged. */
  readonly ops: Ops<Variable<T>>;
  /** A leaf whose gradient is wanted. The tensor stays the caller's. */
  watch(x: T): Variable<T>;
  /** A leaf without gradient. The tensor stays the caller's. */
  constant(x: T): Variable<T>;
  /** The same value, through which no gradient flows. */
  stopGradient(x: Variable<T>): Variable<T>;
  /**
   * The gradient of Σ ⟨of, seed⟩ with respect to each leaf, zeros where nothing depends on it; the caller owns them.
   * A seed may be left out for a single number, and is 1 then. Uses the record up.
   */
  gradients(roots: readonly Root<T>[], leaves: readonly Variable<T>[]): T[];
  /** Frees the record without running it. */
  dispose(): void;
}

export interface Root<T extends Tensor> {
  readonly of: Variable<T>;
  readonly seed?: T | undefined;
}

interface Step<T extends Tensor> {
  /** Holds of the arguments and results, let go once the step was run backwards. */
  readonly held: readonly Cell<T>[];
  readonly outputs: readonly Cell<T>[];
  back(gradOf: (cell: Cell<T>) => T | undefined): Iterable<readonly [Cell<T>, T]>;
}

/** A verb whose result carries no gradient whatever its arguments do. */
const constantVerbs: ReadonlySet<Verb> = new Set(["argmax", "sample"]);

/** A tape over any backend; a verb that has no gradient there is refused when it is recorded. */
export function createTape<T extends Tensor>(ops: Ops<T>): Tape<T> {
  const steps: Step<T>[] = [];
  const own = (value: T, tracked: boolean): Variable<T> => new Variable(new Cell(value, tracked, true));

  const record = (verb: Verb) => (args: object) => {
    const inputs: Cell<T>[] = [];
    const isWanted = (x: T): boolean => inputs.some((input) => input.tracked && input.value === x);
    const raw = mapArguments(args, (x) => {
      inputs.push(x.cell as Cell<T>);
      return x.value;
    });
    const tracked = !constantVerbs.has(verb) && inputs.some((x) => x.tracked);
    const back = tracked ? gradientOf(ops, verb, raw) : undefined;
    for (const name of constants[verb] ?? []) expectConstant(verb, name, args as Record<string, unknown>);
    const result = (ops.backend[verb] as (args: object) => object)(raw);
    const wrapped = mapResult<T, Variable<T>>(result, (x) => own(x, tracked && x.dtype !== "i32"));
    if (back) {
      const outputs: Cell<T>[] = [];
      visitTensors(wrapped, (x) => outputs.push((x as Variable<T>).cell));
      const held = [...inputs, ...outputs];
      for (const cell of held) cell.hold();
      steps.push({
        held,
        outputs,
        *back(gradOf) {
          const grad = mapResult<Variable<T>, T | undefined>(wrapped, (x) => gradOf(x.cell));
          const grads = ops.scope(() => back({ args: raw, result, grad, isWanted }));
          const found: (readonly [Cell<T>, T])[] = [];
          const taken = new Set<unknown>();
          visitTensors(grad, (x) => taken.add(x));
          zipArguments(args, grads, (x, g) => {
            if (!g) return;
            // a rule may answer with the gradient it was given, or with one tensor twice
            const mine = taken.has(g) ? ops.backend.reshape(g as T, x.shape) : (g as T);
            taken.add(g);
            if (x.cell.tracked) found.push([x.cell as Cell<T>, mine]);
            else mine.dispose();
          });
          yield* found;
        },
      });
    }
    return wrapped;
  };

  const reshape = (x: Variable<T>, shape: Shape): Variable<T> => {
    const made = own(ops.backend.reshape(x.value, shape), x.cell.tracked);
    if (x.cell.tracked)
      steps.push({
        held: [x.cell.hold(), made.cell.hold()],
        outputs: [made.cell],
        *back(gradOf) {
          const grad = gradOf(made.cell);
          if (grad) yield [x.cell, ops.backend.reshape(grad, x.shape)];
        },
      });
    return made;
  };

  const release = (step: Step<T>): void => {
    for (const cell of step.held) cell.release();
  };

  const backend = {
    ...Object.fromEntries(verbs.map((verb) => [verb, record(verb)])),
    name: ops.name,
    dtypes: ops.backend.dtypes,
    upload: (data: HostArray, shape: Shape, dtype: DType) =>
      own(ops.backend.upload(data, shape, dtype), false),
    fill: (value: number, shape: Shape, dtype: DType) => own(ops.backend.fill(value, shape, dtype), false),
    reshape,
    read: (x: Variable<T>) => ops.read(x.value),
    memory: () => ops.memory(),
    dispose: () => tape.dispose(),
    backward: {},
  } as unknown as Backend<Variable<T>>;

  const tape: Tape<T> = {
    ops: createOps(backend),
    watch: (x) => new Variable(new Cell(x, true, false)),
    constant: (x) => new Variable(new Cell(x, false, false)),
    stopGradient(x) {
      const untracked = tape.constant(x.value);
      const view = tape.ops.reshape(untracked, x.shape);
      untracked.dispose();
      return view;
    },
    gradients(roots, leaves) {
      const grads = new Gradients(ops);
      const wanted = new Set(leaves.map((x) => x.cell));
      for (const { of, seed } of roots) grads.add(of.cell, seedOf(ops, of, seed));
      for (let step = steps.pop(); step; step = steps.pop()) {
        if (step.outputs.some((cell) => grads.has(cell)))
          for (const [cell, grad] of step.back((cell) => grads.get(cell))) grads.add(cell, grad);
        for (const cell of step.outputs) if (!wanted.has(cell)) grads.drop(cell);
        release(step);
      }
      return grads.take(leaves.map((x) => x.cell));
    },
    dispose() {
      for (const step of steps.splice(0)) release(step);
    },
  };
  return tape;
}

interface Call<T> {
  readonly args: object;
  readonly result: object;
  readonly grad: unknown;
  readonly isWanted: (x: T) => boolean;
}

interface Back<T> {
  (call: Call<T>): object | T;
  readonly expect?: (args: object) => void;
}

function gradientOf<T extends Tensor>(ops: Ops<T>, verb: Verb, args: object): Back<T> {
  const rule = rules[verb] as ((ops: Ops<T>, call: object) => object) | undefined;
  if (rule) return (call) => rule(ops, call);
  const own = ops.backend.backward[verb] as Back<T> | undefined;
  own?.expect?.(args);
  if (own) return own;
  throw new UnsupportedError(
    `${verb}: it must have a gradient on ${ops.name} to be recorded, got none. Compute it outside the tape, or stop the gradient before it.`,
  );
}

function expectConstant(verb: Verb, name: string, args: Readonly<Record<string, unknown>>): void {
  if ((args[name] as Variable<Tensor>).cell.tracked)
    throw new UnsupportedError(
      `${verb}: ${name} must be a constant, got a value whose gradient is wanted. Stop its gradient.`,
    );
}

function seedOf<T extends Tensor>(ops: Ops<T>, of: Variable<T>, seed: T | undefined): T {
  const { shape, dtype } = seed ?? of;
  if (seed ? showShape(shape) !== showShape(of.shape) : shape.some((d) => d !== 1))
    throw new ShapeError(
      `gradients: a root of ${showShape(of.shape)} must have a seed of its shape, got ${seed ? showShape(shape) : "none"}. Pass the gradient that flows into it.`,
    );
  return seed ? ops.backend.reshape(seed, shape) : ops.backend.fill(1, shape, dtype);
}

/** Sums of gradients, by the value they belong to. */
class Gradients<T extends Tensor> {
  readonly #sums = new Map<Cell<T>, T>();
  constructor(readonly ops: Ops<T>) {}

  has = (cell: Cell<T>): boolean => this.#sums.has(cell);
  get = (cell: Cell<T>): T | undefined => this.#sums.get(cell);

  /** Takes the gradient over. */
  add(cell: Cell<T>, grad: T): void {
    const before = this.#sums.get(cell);
    if (!before) return void this.#sums.set(cell, grad);
    this.#sums.set(
      cell,
      this.ops.backend.binary({
        kind: "add",
        a: before,
        b: grad,
        shape: grad.shape,
        dtype: before.dtype === "f16" && grad.dtype === "f16" ? "f16" : "f32",
      }),
    );
    before.dispose();
    grad.dispose();
  }

  drop(cell: Cell<T>): void {
    this.#sums.get(cell)?.dispose();
    this.#sums.delete(cell);
  }

  /** Hands the wanted ones to the caller and frees the rest. */
  take(cells: readonly Cell<T>[]): T[] {
    const wanted = cells.map((cell) => {
      const sum = this.#sums.get(cell);
      // the same leaf may be asked for twice
      return sum
        ? this.ops.backend.reshape(sum, sum.shape)
        : this.ops.backend.fill(0, cell.value.shape, "f32");
    });
    for (const cell of [...this.#sums.keys()]) this.drop(cell);
    return wanted;
  }
}

/** Replaces the tensors of a verb's result, alone or by name. */
function mapResult<A extends Tensor, B>(result: object, replace: (x: A) => B): object {
  if ("dispose" in result) return replace(result as A) as object;
  return Object.fromEntries(Object.entries(result).map(([name, x]) => [name, x && replace(x as A)]));
}
