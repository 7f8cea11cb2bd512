import type { Tensor } from "@webfla/ops";
import type { TensorStore } from "@webfla/zoo/safetensors";
import { axes, camelCase, isState, member, scalars } from "./names";
import type { Golden } from "./operator";
import type { Target } from "./target";

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

/** A named output among a function's results. */
export function lookUp<T extends Tensor>(
  result: Readonly<Record<string, unknown>>,
  name: string,
): T | undefined {
  const part = member(name);
  if (!part) return result[camelCase(name)] as T | undefined;
  return (result[camelCase(part[0])] as readonly T[] | undefined)?.[part[1]];
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

/** A function's arguments from its file: tensors on the device, as `wrap` hands them to it, and the numbers of the metadata. */
export async function argumentsOf<T extends Tensor, X extends Tensor>(
  target: Target<T>,
  file: TensorStore,
  golden: Golden,
  wrap: (x: T, name: string) => X,
) {
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
    assign(args, name, wrap(tensor, name));
  }
  const dispose = (): void => {
    for (const x of owned) x.dispose();
  };
  return { args, dispose };
}
