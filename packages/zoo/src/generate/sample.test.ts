import { WebflaError } from "@webfla/ops";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomStream } from "./random";
import { checkSampling, type SamplingOptions, sample } from "./sample";

const logits = Float32Array.of(2, -1, 3, 3, 0.5, Number.NEGATIVE_INFINITY);
const probabilities = (() => {
  const weights = [...logits].map((x) => Math.exp(x));
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((w) => w / sum);
})();

/** How often each token comes in many draws. */
function frequencies(options: SamplingOptions, draws = 20_000): number[] {
  const random = randomStream(7);
  const counts = new Array<number>(logits.length).fill(0);
  for (let i = 0; i < draws; i++) counts[sample(logits, checkSampling(options), random).token]!++;
  return counts.map((n) => n / draws);
}

const near = (got: number[], want: number[]) =>
  got.forEach((x, i) => {
    expect(x).toBeCloseTo(want[i]!, 1.7);
  });

describe("sample", () => {
  it("takes the likeliest at temperature 0, the lower id of two", () => {
    const { token, logProbability } = sample(logits, checkSampling({ temperature: 0 }), () => Number.NaN);
    expect(token).toBe(2);
    expect(logProbability).toBeCloseTo(Math.log(probabilities[2]!), 12);
  });

  it("draws with the softmax's probabilities, and never what has none", () => {
    near(frequencies({}), probabilities);
    expect(frequencies({})[5]).toBe(0);
  });

  it("flattens and sharpens with the temperature", () => {
    const flat = probabilities.map((p) => Math.sqrt(p));
    const sum = flat.reduce((a, b) => a + b);
    near(
      frequencies({ temperature: 2 }),
      flat.map((p) => p / sum),
    );
    near(frequencies({ temperature: 0.01 }), [0, 0, 0.5, 0.5, 0, 0]);
  });

  it("keeps the k likeliest", () => {
    near(frequencies({ topK: 2 }), [0, 0, 0.5, 0.5, 0, 0]);
    expect(frequencies({ topK: 1 })).toEqual([0, 0, 1, 0, 0, 0]);
    near(frequencies({ topK: 100 }), probabilities);
  });

  it("keeps the smallest likely set that reaches the mass", () => {
    const p = probabilities[2]!;
    expect(frequencies({ topP: p * 0.99 })).toEqual([0, 0, 1, 0, 0, 0]);
    near(frequencies({ topP: p * 1.5 }), [0, 0, 0.5, 0.5, 0, 0]);
    expect(frequencies({ topP: 0.999 })[1]).toBeGreaterThan(0);
  });

  it("gives a token that can be for every point and every choice", () => {
    const row = fc.array(fc.float({ min: -50, max: 50, noNaN: true }), { minLength: 1, maxLength: 20 });
    const choice = fc.record({
      temperature: fc.double({ min: 0.01, max: 5, noNaN: true }),
      topK: fc.nat(25),
      topP: fc.double({ min: 0.001, max: 1, noNaN: true }),
    });
    const point = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const property = fc.property(row, choice, point, (values, options, u) => {
      const { token, logProbability } = sample(Float32Array.from(values), checkSampling(options), () => u);
      expect(token).toBeGreaterThanOrEqual(0);
      expect(token).toBeLessThan(values.length);
      expect(logProbability).toBeLessThanOrEqual(1e-9);
      if (options.topK) expect(values.filter((x) => x > values[token]!).length).toBeLessThan(options.topK);
    });
    fc.assert(property);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("refuses logits with %s", (bad) => {
    const draw = () => sample(Float32Array.of(0, bad), checkSampling({}), randomStream(0));
    expect(draw).toThrow(WebflaError);
    expect(draw).toThrow(`got ${bad} for token 1`);
  });

  it.each([
    [{ temperature: -1 }, "temperature must be at least 0 and finite, got -1"],
    [{ temperature: Number.NaN }, "temperature must be at least 0 and finite, got NaN"],
    [{ topK: 1.5 }, "topK must be an integer from 0, got 1.5"],
    [{ topP: 0 }, "topP must be in (0, 1], got 0"],
  ])("refuses %o", (options, message) => {
    expect(() => checkSampling(options)).toThrow(message);
  });
});

describe("randomStream", () => {
  const take = (seed: number, n: number) => Array.from({ length: n }, randomStream(seed));

  it("is sfc32: the outputs of the algorithm in integers of any size", () => {
    expect(take(1, 3).map((x) => x * 2 ** 32)).toEqual([2012149540, 1872316204, 1707632675]);
    expect(take(2 ** 53 - 1, 2).map((x) => x * 2 ** 32)).toEqual([3268402823, 2602357022]);
  });

  it("repeats for a seed, and differs for every other, above 32 bits too", () => {
    expect(take(5, 4)).toEqual(take(5, 4));
    const firsts = [0, 1, 2, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1].map((seed) => take(seed, 1)[0]);
    expect(new Set(firsts).size).toBe(6);
  });

  it("is even over [0, 1)", () => {
    const xs = take(3, 50_000);
    expect(Math.min(...xs)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...xs)).toBeLessThan(1);
    for (let i = 0; i < 10; i++)
      expect(xs.filter((x) => Math.floor(x * 10) === i).length).toBeGreaterThan(4_700);
  });
});
