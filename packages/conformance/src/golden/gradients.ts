import { type Tensor, UnsupportedError } from "@webfla/ops";
import { createTape, type Tape, type Variable } from "@webfla/ops/tape";
import type { TensorStore } from "@webfla/zoo/safetensors";
import { argumentsOf, lookUp } from "./arguments";
import { compare } from "./compare";
import { type Finding, unsupported } from "./line";
import type { Golden, Operator } from "./operator";
import type { Target } from "./target";

/** Compares the gradients of sum(o · do) + sum(final · dfinal); where a verb has none on the device they are unsupported. */
export async function* gradients<T extends Tensor>(
  target: Target<T>,
  file: TensorStore,
  golden: Golden,
  operator: Operator,
): AsyncGenerator<Finding> {
  const tape = createTape(target.ops);
  const leaves = new Map<string, Variable<T>>();
  const { args, dispose } = await argumentsOf(target, file, golden, (x, name) => {
    if (!golden.gradients.includes(`d${name}`)) return tape.constant(x);
    const leaf = tape.watch(x);
    leaves.set(name, leaf);
    return leaf;
  });
  try {
    const found = await differentiate(target, tape, file, golden, [...leaves.values()], () =>
      operator(tape.ops, args as never),
    );
    for (const [i, name] of [...leaves.keys()].entries()) {
      const data = await target.ops.read(found[i]!);
      found[i]!.dispose();
      yield compare(`d${name}`, data, await file.read(`d${name}`), target.tolerance);
    }
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    for (const name of golden.gradients) yield unsupported(name, error.message);
  } finally {
    tape.dispose();
    dispose();
  }
}

async function differentiate<T extends Tensor>(
  { ops }: Target<T>,
  tape: Tape<T>,
  file: TensorStore,
  golden: Golden,
  leaves: readonly Variable<T>[],
  run: () => Readonly<Record<string, unknown>>,
): Promise<T[]> {
  const result = tape.ops.scope(run);
  const outputs = golden.outputs.flatMap((name) => {
    const of = lookUp<Variable<T>>(result, name);
    return of ? [{ name, of }] : [];
  });
  const roots: { of: Variable<T>; seed: T }[] = [];
  // an output without one is not in the file's loss
  for (const { name, of } of outputs)
    if (file.tensors.has(`d${name}`))
      roots.push({ of, seed: ops.tensor((await file.read(`d${name}`)) as Float32Array, of.shape) });
  const found = tape.gradients(roots, leaves);
  for (const { of } of outputs) of.dispose();
  for (const { seed } of roots) seed.dispose();
  return found;
}
