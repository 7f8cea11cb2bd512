import { elements, type HostArray, type Ops, type Tensor } from "@webfla/ops";
import * as fla from "@webfla/ops/fla";
import type { TensorStore } from "@webfla/zoo/safetensors";
import { compare } from "./compare";
import { gradients } from "./gradients";
import { type Finding, unsupported } from "./line";
import { axes, camelCase, functions, isOutput, isState, member, scalars } from "./names";
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

function operatorOf(op: string): Operator | undefined {
  const found = operators[camelCase(functions[op] ?? op)];
  return typeof found === "function" ? (found as Operator) : undefined;
}

const scalar = (text: string): unknown => {
  if (text === "True" || text === "False") return text === "True";
  return text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text);
};

/** Sets `initial_state_1` as args.initialState[1], anything else under its own name. */
function assign(args: Record<string, unknown>, name: string, value: unknown): void {
  const part = member(name);
  if (!part) {
    args[camelCase(name)] = value;
    return;
  }
  const tuple = (args[camelCase(part[0])] ??= []) as unknown[];
  tuple[part[1]] = value;
}

function lookUp(result: Readonly<Record<string, unknown>>, name: string): Tensor | undefined {
  const part = member(name);
  if (!part) return result[camelCase(name)] as Tensor | undefined;
  return (result[camelCase(part[0])] as readonly Tensor[] | undefined)?.[part[1]];
}

/** Puts an input on the device: without its leading batch axis, in the asked storage type unless it is a state. */
async function upload<T extends Tensor>(
  { ops, dtype }: Target<T>,
  file: TensorStore,
  op: string,
  name: string,
): Promise<T> {
  const data = await file.read(name);
  const shape = file.tensors.get(name)!.shape;
  const order = axes[`${op}.${name}`];
  // the dropped or moved axis has one entry, so the order of elements stays
  const laid = order ? order.map((axis) => shape[axis]!) : shape;
  const packed = !isState(name) && laid[0] === 1 && laid.length > 1 ? laid.slice(1) : laid;
  if (data instanceof Int32Array) return ops.tensor(data, packed);
  return ops.tensor(data, packed, isState(name) ? "f32" : dtype);
}

async function argumentsOf<T extends Tensor>(target: Target<T>, file: TensorStore, golden: Golden) {
  const args: Record<string, unknown> = { outputFinalState: golden.outputs.some((n) => n !== "o") };
  for (const name of scalars) {
    const text = file.metadata.get(name);
    if (text !== undefined) args[camelCase(name)] = scalar(text);
  }
  if (file.tensors.has("cu_seqlens")) args["cuSeqlens"] = await file.read("cu_seqlens");
  const owned: T[] = [];
  for (const name of golden.inputs) {
    const tensor = await upload(target, file, golden.op, name);
    owned.push(tensor);
    assign(args, name, tensor);
  }
  const dispose = (): void => {
    for (const x of owned) x.dispose();
  };
  return { args, dispose };
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
  const { args, dispose } = await argumentsOf(target, file, golden);
  try {
    const result = target.ops.scope(() => operator(target.ops, args as never));
    for (const name of golden.outputs) {
      const reference = await file.read(name);
      const tensor = lookUp(result, name) as T | undefined;
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
