import { elements, type HostArray, type Ops, type Tensor } from "@webfla/ops";
import type { TensorStore } from "@webfla/zoo/safetensors";
import { argumentsOf, lookUp } from "./arguments";
import { compare } from "./compare";
import { gradients } from "./gradients";
import { type Finding, unsupported } from "./line";
import { camelCase } from "./names";
import { operatorOf, readGolden } from "./operator";
import type { Target } from "./target";

/** Runs an operator's file through the public function of its name and compares every output and gradient. */
export async function* verifyOperator<T extends Tensor>(
  target: Target<T>,
  file: TensorStore,
): AsyncGenerator<Finding> {
  const golden = readGolden(file);
  const operator = operatorOf(golden.op);
  if (!operator) {
    const why = `no operator ${golden.op}`;
    for (const name of [...golden.outputs, ...golden.gradients]) yield unsupported(name, why);
    return;
  }
  const { args, dispose } = await argumentsOf(target, file, golden, (x) => x);
  try {
    const result = target.ops.scope(() => operator(target.ops, args as never));
    for (const name of golden.outputs) {
      const reference = await file.read(name);
      const tensor = lookUp<T>(result, name);
      if (tensor) yield compare(name, await take(target.ops, tensor), reference, target.tolerance);
      else yield { tensor: name, verdict: "FAIL", note: `${golden.op} returns no ${camelCase(name)}` };
    }
  } finally {
    dispose();
  }
  yield* gradients(target, file, golden, operator);
}

async function take<T extends Tensor>(ops: Ops<T>, tensor: T): Promise<HostArray> {
  const data = await ops.read(tensor);
  tensor.dispose();
  return data.subarray(0, elements(tensor.shape)) as HostArray;
}
