import type { Ops, Tensor } from "@webfla/ops";
import * as fla from "@webfla/ops/fla";
import type { TensorStore } from "@webfla/zoo/safetensors";
import { camelCase, functions, isOutput } from "./names";

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

/** The public function of an operator's name, if there is one. */
export function operatorOf(op: string): Operator | undefined {
  const found = operators[camelCase(functions[op] ?? op)];
  return typeof found === "function" ? (found as Operator) : undefined;
}
