import { type Tensor, UnsupportedError } from "@webfla/ops";
import type { Varlen } from "@webfla/varlen";
import type { Model } from "@webfla/zoo";
import type { TensorStore } from "@webfla/zoo/safetensors";
import { disposeAll, lossAndGradients } from "@webfla/zoo/train";
import { compare } from "./compare";
import { type Finding, unsupported } from "./line";
import type { Target } from "./target";

/** Norms hide the direction of an error, and kernels of a GPU made them. */
const TOLERANCE = 1e-3;

const norm = (x: ArrayLike<number>): number => {
  let squares = 0;
  for (let i = 0; i < x.length; i++) squares += x[i]! ** 2;
  return Math.sqrt(squares);
};

/** Compares the gradients of the loss by parameter: norms, and those that the file has in full. */
export async function* verifyGradients<T extends Tensor>(
  { ops, tolerance }: Target<T>,
  model: Model<T>,
  expected: TensorStore,
  batch: { readonly tokens: Int32Array; readonly varlen: Varlen },
): AsyncGenerator<Finding> {
  const names = [...expected.tensors.keys()].filter((name) => /^grad(_norm)?\./.test(name));
  if (names.length === 0) return;
  try {
    const { loss, gradients } = lossAndGradients(model, batch);
    loss.dispose();
    try {
      for (const name of names) {
        const [kind, parameter] = [name.startsWith("grad.") ? "grad" : "norm", name.replace(/^\w+\./, "")];
        const gradient = gradients.get(parameter);
        const found: ArrayLike<number> = gradient ? await ops.read(gradient) : [];
        const values = kind === "grad" ? found : [norm(found)];
        yield compare(name, values, await expected.read(name), Math.max(tolerance, TOLERANCE));
      }
    } finally {
      disposeAll(gradients);
    }
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    for (const name of names) yield unsupported(name, error.message);
  }
}
