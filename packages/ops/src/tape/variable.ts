import type { DType, Shape, Tensor } from "../tensor";

/** A value shared by handles and records; freed when the last of them lets go, unless it is a caller's. */
export class Cell<T extends Tensor> {
  #holders = 0;
  /** Whether a gradient flows to it. */
  constructor(
    readonly value: T,
    readonly tracked: boolean,
    readonly owned: boolean,
  ) {}

  hold(): this {
    this.#holders++;
    return this;
  }

  release(): void {
    if (--this.#holders === 0 && this.owned) this.value.dispose();
  }
}

/** A tensor as a tape sees it. Disposing it frees the value once no record needs it for a gradient. */
export class Variable<T extends Tensor> implements Tensor {
  #disposed = false;
  readonly cell: Cell<T>;

  constructor(cell: Cell<T>) {
    this.cell = cell.hold();
  }

  get value(): T {
    return this.cell.value;
  }

  get shape(): Shape {
    return this.cell.value.shape;
  }

  get dtype(): DType {
    return this.cell.value.dtype;
  }

  get disposed(): boolean {
    return this.#disposed || this.cell.value.disposed;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.cell.release();
  }
}

/** Replaces the tensors among a verb's arguments, in lists and laws too. */
export function mapArguments(
  args: object,
  replace: (x: Variable<Tensor>) => unknown,
): Record<string, unknown> {
  const map = (value: unknown): unknown => {
    if (value instanceof Variable) return replace(value);
    if (Array.isArray(value)) return value.map(map);
    if (isLaw(value)) return mapArguments(value, replace);
    return value;
  };
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, map(value)]));
}

/** Visits each tensor among a verb's arguments beside what stands at its place in a record of the same form. */
export function zipArguments(
  args: unknown,
  other: unknown,
  visit: (x: Variable<Tensor>, y: unknown) => void,
): void {
  if (args instanceof Variable) visit(args, other);
  else if (Array.isArray(args))
    for (const [i, x] of args.entries())
      zipArguments(x, (other as readonly unknown[] | undefined)?.[i], visit);
  else if (isRecord(args))
    for (const [name, value] of Object.entries(args))
      if (value instanceof Variable || Array.isArray(value) || isLaw(value))
        zipArguments(value, (other as Record<string, unknown> | undefined)?.[name], visit);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

const isLaw = (value: unknown): value is Record<string, unknown> =>
  isRecord(value) && typeof value["kind"] === "string";
