import type { Ops, Tensor } from "@webfla/ops";

/** Gradients by the names of what they belong to; parameters' are f32. */
export type Gradients<T> = Map<string, T>;

/** Adds a gradient to those of its name, and takes it over. */
export function take<T extends Tensor>(ops: Ops<T>, sums: Gradients<T>, name: string, grad: T): void {
  const before = sums.get(name);
  if (!before) {
    sums.set(name, grad);
    return;
  }
  sums.set(name, ops.binary({ kind: "add", a: before, b: grad }));
  before.dispose();
  grad.dispose();
}

/** Frees gradients. */
export function disposeAll<T extends Tensor>(gradients: Gradients<T>): void {
  for (const x of gradients.values()) x.dispose();
  gradients.clear();
}
