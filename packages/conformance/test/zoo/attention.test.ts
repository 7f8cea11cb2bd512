import { type AttentionOptions, attention } from "@webfla/zoo/attention";
import { describe, expect, it } from "vitest";
import { relativeError } from "./checkpoints";
import { rms } from "./layer-maths";
import { againstOracle, head, times } from "./random-layer";

type Weights = Readonly<Record<string, Float32Array>>;

const base: AttentionOptions = {
  hiddenSize: 24,
  numHeads: 4,
  numKvHeads: 4,
  qkvBias: false,
  windowSize: 0,
  ropeTheta: 10_000,
};

/** Softmax attention over one document, a token and a head at a time, in f64. */
function oracle(options: AttentionOptions, w: Weights, xs: readonly number[][]): number[][] {
  const { hiddenSize, numHeads, numKvHeads, windowSize, ropeTheta } = options;
  const D = hiddenSize / numHeads;
  const project = (name: string): number[][] =>
    xs.map((x) => times(w[`${name}_proj.weight`]!, x).map((y, i) => y + (w[`${name}_proj.bias`]?.[i] ?? 0)));
  const normed = (name: string): number[][] => {
    const weight = w[`${name}_norm.weight`];
    return weight ? project(name).map((row) => rms(row, D, weight, 1e-5)) : project(name);
  };
  const [q, k, v] = [normed("q"), normed("k"), project("v")];
  const rotate = (row: number[], position: number): number[] =>
    row.map((x, i) => {
      if (!ropeTheta) return x;
      const pair = i % (D / 2);
      const angle = position * ropeTheta ** ((-2 * pair) / D);
      const other = i < D / 2 ? -row[i + D / 2]! : row[i - D / 2]!;
      return x * Math.cos(angle) + other * Math.sin(angle);
    });
  const dot = (a: number[], b: number[]): number => a.reduce((sum, ai, i) => sum + ai * b[i]!, 0);
  return xs.map((_, t) => {
    const outputs = Array.from({ length: numHeads }, (_, h) => {
      const shared = Math.floor(h / (numHeads / numKvHeads));
      const query = rotate(head(q[t]!, h, D), t);
      const first = windowSize ? Math.max(0, t - windowSize + 1) : 0;
      const scores = k
        .slice(first, t + 1)
        .map((row, i) => Math.exp(dot(query, rotate(head(row, shared, D), first + i)) / Math.sqrt(D)));
      const total = scores.reduce((a, b) => a + b);
      return Array.from({ length: D }, (_, d) =>
        scores.reduce((sum, s, i) => sum + (s / total) * head(v[first + i]!, shared, D)[d]!, 0),
      );
    });
    return times(w["o_proj.weight"]!, outputs.flat());
  });
}

describe("attention is softmax attention, document by document", () => {
  const variants: Record<string, Partial<AttentionOptions>> = {
    "with all heads": {},
    "with two heads to a key": { numKvHeads: 2 },
    "with biases": { qkvBias: true, numKvHeads: 1 },
    "in a window": { windowSize: 4 },
    "in a window of itself": { windowSize: 1 },
    "with slow positions": { ropeTheta: 1e6 },
    "without positions": { ropeTheta: undefined },
    "with one norm for all heads": { qkNorm: "shared", numKvHeads: 2 },
  };

  it.each(Object.entries(variants))("%s", async (_, variant) => {
    const options = { ...base, ...variant };
    const { got, want } = await againstOracle(attention(options), options.hiddenSize, (weights, xs) =>
      oracle(options, weights, xs),
    );
    expect(relativeError(got, want)).toBeLessThan(1e-5);
  });
});
