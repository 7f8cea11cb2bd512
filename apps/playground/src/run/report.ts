import type { Case } from "./call";
import { type derivativesAlong, gradientError } from "./exact";
import { gridOf, minus, relativeError } from "./grid";
import type { TensorReport } from "./request";
import type { Side } from "./side";

/** Results beside the oracle's. */
export const reportResults = (
  sides: readonly Side[],
  exact: Readonly<Record<string, Float64Array>>,
): TensorReport[] =>
  Object.entries(sides[0]!.results).map(([name, { shape }]) => {
    const state = name !== "o";
    return {
      name,
      kind: state ? "state" : "output",
      shape,
      exact: gridOf(exact[name]!, shape, state),
      sides: sides.map(({ report: { side }, results }) => {
        const { data } = results[name]!;
        return {
          side,
          error: relativeError(data, exact[name]!),
          grid: gridOf(data, shape, state),
          difference: gridOf(minus(data, exact[name]!), shape, state),
        };
      }),
    };
  });

const gradientOf = (side: Side | undefined, name: string) =>
  side?.gradients && "gradients" in side.gradients ? side.gradients.gradients.results[name]?.data : undefined;

/** Gradients beside the oracle's derivatives, WebGPU's beside the CPU's. */
export function reportGradients(
  sides: readonly Side[],
  c: Case,
  derivatives: ReadonlyMap<string, ReturnType<typeof derivativesAlong>>,
): TensorReport[] {
  const cpu = sides.find(({ report: { side } }) => side === "cpu");
  const reports = [...derivatives].map(([name, along]): TensorReport => {
    const { shape, input } = c.inputs[name]!;
    const state = input.shape[0] === "N";
    return {
      name: `d${name}`,
      kind: "gradient",
      shape,
      exact: undefined,
      sides: sides.flatMap((one) => {
        const data = gradientOf(one, name);
        if (!data) return [];
        const beside = one === cpu ? undefined : gradientOf(cpu, name);
        return [
          {
            side: one.report.side,
            error: gradientError(data, along),
            grid: gridOf(data, shape, state),
            difference: beside && gridOf(minus(data, beside), shape, state),
          },
        ];
      }),
    };
  });
  return reports.filter(({ sides: those }) => those.length > 0);
}
