import type { Tensor } from "./tensor";

const isTensor = (x: unknown): x is Tensor =>
  typeof x === "object" && x !== null && "dispose" in x && "shape" in x && "dtype" in x;

/** Calls visit with every tensor in a value made of arrays, plain objects and maps. */
export function visitTensors(value: unknown, visit: (x: Tensor) => void): void {
  if (isTensor(value)) visit(value);
  else if (Array.isArray(value)) for (const x of value) visitTensors(x, visit);
  else if (value instanceof Map) for (const x of value.values()) visitTensors(x, visit);
  else if (value && Object.getPrototypeOf(value) === Object.prototype)
    for (const x of Object.values(value)) visitTensors(x, visit);
}

/** Owns what verbs make while a body runs: what the body returns moves to the scope around it, the rest is disposed. */
export class Scopes {
  readonly #open: Set<Tensor>[] = [];

  /** A new tensor belongs to the innermost open scope, or to the caller where none is open. */
  own<R>(made: R): R {
    const scope = this.#open.at(-1);
    if (scope) visitTensors(made, (x) => scope.add(x));
    return made;
  }

  run<R>(body: () => R): R {
    const scope = new Set<Tensor>();
    this.#open.push(scope);
    let kept: R | undefined;
    try {
      kept = body();
      if (kept instanceof Promise)
        throw new TypeError("scope: the body must be synchronous, got a Promise. Await outside the scope.");
      return kept;
    } finally {
      this.#open.pop();
      const outer = this.#open.at(-1);
      visitTensors(kept, (x) => {
        if (scope.delete(x)) outer?.add(x);
      });
      for (const x of scope) x.dispose();
    }
  }
}
