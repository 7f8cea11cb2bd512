import { randomStream } from "@webfla/zoo/generate";
import { type Drawn, isGraded } from "../variants/inputs";
import type { Case } from "./call";
import { norm } from "./grid";

type Named<X> = Readonly<Record<string, X>>;

const wide = (inputs: Case["inputs"]): Record<string, Float64Array> =>
  Object.fromEntries(Object.entries(inputs).map(([name, { data }]) => [name, Float64Array.from(data)]));

/** The results in f64. */
export const exactly = ({ variant, varlen, sizes, inputs }: Case): Named<Float64Array> =>
  variant.exact(wide(inputs), varlen.cuSeqlens, sizes);

/** How far to step along a direction, and how many to try. */
const reach = 1e-4;
export const directions = 2;

/**
 * The f64 derivative of Σ ⟨result, seed⟩ by an input, along random directions of ±1. A gradient's product with them is off by as
 * much as the gradient is, on average: that is its error.
 */
export function derivativesAlong(c: Case, seeds: Named<Drawn>, name: string) {
  const inputs = wide(c.inputs);
  const x = inputs[name]!;
  const loss = (moved: Float64Array): number => {
    const results = c.variant.exact({ ...inputs, [name]: moved }, c.varlen.cuSeqlens, c.sizes);
    // the exponent of a state without tokens is minus infinity, wherever one goes
    const flow = (seed: number, x: number) => (Number.isFinite(x) ? seed * x : 0);
    return Object.entries(seeds).reduce(
      (sum, [result, { data }]) => sum + data.reduce((s, seed, i) => s + flow(seed, results[result]![i]!), 0),
      0,
    );
  };
  const next = randomStream(c.seed + 1);
  return Array.from({ length: directions }, () => {
    const direction = Float64Array.from(x, () => (next() < 0.5 ? -1 : 1));
    const at = (step: number) => loss(x.map((value, i) => value + step * direction[i]!));
    return { direction, derivative: (at(reach) - at(-reach)) / (2 * reach) };
  });
}

/** How far a gradient is from the derivatives, over its own size. */
export function gradientError(
  gradient: ArrayLike<number>,
  along: ReturnType<typeof derivativesAlong>,
): number {
  const off = along.map(({ direction, derivative }) =>
    Math.abs(direction.reduce((sum, d, i) => sum + d * gradient[i]!, 0) - derivative),
  );
  const size = norm(gradient);
  return norm(off) / Math.sqrt(off.length) / (size || 1);
}

/** Inputs of which a gradient is asked. */
export const graded = ({ inputs }: Case): readonly string[] =>
  Object.keys(inputs).filter((name) => isGraded(inputs[name]!.input));
