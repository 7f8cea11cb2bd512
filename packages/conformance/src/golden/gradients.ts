import type { Tensor } from "@webfla/ops";
import type { TensorStore } from "@webfla/zoo/safetensors";
import { type Finding, unsupported } from "./line";
import type { Golden, Operator } from "./op-file";
import type { Target } from "./target";

/** Compares the gradients of sum(o · do) + sum(final · dfinal): none can be computed without a tape. */
export async function* gradients<T extends Tensor>(
  _target: Target<T>,
  _file: TensorStore,
  golden: Golden,
  _operator: Operator,
): AsyncGenerator<Finding> {
  for (const name of golden.gradients) yield unsupported(name, "no gradients yet");
}
