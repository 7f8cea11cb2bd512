import { expect, it } from "vitest";
import { numericalGradient } from "./finite-differences";

const x = Float64Array.of(0.3, -1.2, 2.5);

it("finds the gradient of a smooth function at every index", () => {
  const f = (y: Float64Array) => Math.sin(y[0]!) + y[1]! ** 3 * y[2]!;
  const exact = [Math.cos(0.3), 3 * 1.44 * 2.5, -(1.2 ** 3)];
  numericalGradient(f, x).forEach((slope, i) => {
    expect(slope).toBeCloseTo(exact[i]!, 8);
  });
});

it("takes the indices in the order asked and leaves x as it was", () => {
  const before = x.slice();
  const gradient = numericalGradient((y) => y[0]! + 10 * y[1]! + 100 * y[2]!, x, [2, 0]);
  expect([...gradient].map((slope) => Math.round(slope))).toEqual([100, 1]);
  expect(x).toEqual(before);
});

it("is exact to rounding on a quadratic, whatever the step", () => {
  const [slope] = numericalGradient((y) => y[1]! ** 2, x, [1], 0.5);
  expect(slope).toBeCloseTo(-2.4, 12);
});
