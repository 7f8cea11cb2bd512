import { elements, type HostArray, type Ops, type Tensor } from "@webfla/ops";
import * as fla from "@webfla/ops/fla";
import type { TensorStore } from "@webfla/zoo/safetensors";
import { argumentsOf, lookUp } from "./arguments";
import { compare } from "./compare";
import { gradients } from "./gradients";
import { type Finding, unsupported } from "./line";
import { camelCase, functions, isOutput } from "./names";
import type { Target } from "./target";

/** An FLA operator: any argument record to any result record. */
export type Operator = <T extends Tensor>(ops: Ops<T>, args: never) => Readonly<Record<string, unknown>>;

/** Where the tensors of an operator's file belong. */
export interface Golden {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Gradients of the inputs. */
  readonly gradients: readonly string[];
}

/** Sorts a file's tensors by name: `d<name>` is the gradient of `name` where the file holds that too. */
export function readGolden({ metadata, tensors }: TensorStore): Golden {
  const names = [...tensors.keys()].filter((n) => n !== "cu_seqlens");
  const derived = names.filter((n) => n.startsWith("d") && tensors.has(n.slice(1)));
  const values = names.filter((n) => !derived.includes(n));
  return {
    op: metadata.get("op")!,
    inputs: values.filter((n) => !isOutput(n)),
    outputs: values.filter(isOutput),
    gradients: derived.filter((n) => !isOutput(n.slice(1))),
  };
}

const operators: Readonly<Record<string, unknown>> = fla;

export function operatorOf(op: string): Operator | undefined {
  const found = operators[camelCase(functions[op] ?? op)];
  return typeof found === "function" ? (found as Operator) : undefined;
}

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
