import { describe, expect, it } from "vitest";
import { numericalGradient } from "./finite-differences";
import { argumentOf, inputNames, outputNames, type Result, relativeError, rows } from "./testing/rows";

const pick = (result: Record<string, unknown>, name: string) => {
  const { argument, index } = argumentOf(name);
  const value = result[argument];
  return (index === undefined ? value : (value as Float64Array[])[index]) as Float64Array;
};

describe.each(rows)("oracle on FLA's $name", ({ run, golden, args }) => {
  const { tensors } = golden;

  it("gives FLA's outputs and final states", () => {
    const result = run(args);
    for (const output of outputNames(golden)) {
      const error = relativeError(pick(result, output), tensors[output]!.data);
      expect(error, output).toBeLessThan(1e-6);
    }
  });

  it("has FLA's gradients, by finite differences", () => {
    const loss = (result: Result) =>
      outputNames(golden)
        .filter((output) => `d${output}` in tensors)
        .reduce((sum, output) => {
          const upstream = tensors[`d${output}`]!.data;
          return pick(result, output).reduce((total, y, i) => total + y * upstream[i]!, sum);
        }, 0);
    for (const input of inputNames(golden).filter((tensor) => `d${tensor}` in tensors)) {
      const { argument, index } = argumentOf(input);
      const gradient = tensors[`d${input}`]!.data;
      const value = tensors[input]!.data;
      const f = (x: Float64Array) => {
        const whole = args[argument] as Float64Array[];
        return loss(run({ ...args, [argument]: index === undefined ? x : whole.with(index, x) }));
      };
      const indices = [0.11, 0.5, 0.93].map((place) => Math.floor(place * value.length));
      const rms = Math.sqrt(gradient.reduce((sum, x) => sum + x * x, 0) / gradient.length);
      const found = numericalGradient(f, value, indices);
      found.forEach((x, i) => {
        expect(Math.abs(x - gradient[indices[i]!]!), `d${input}[${indices[i]}]`).toBeLessThan(1e-5 * rms);
      });
    }
  });
});
