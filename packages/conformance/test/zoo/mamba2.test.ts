import { groupNorm } from "@webfla/reference/oracle/group-norm";
import { mamba2 as recurrence } from "@webfla/reference/oracle/mamba2";
import { shortConv } from "@webfla/reference/oracle/short-conv";
import { type Mamba2Options, mamba2 } from "@webfla/zoo/mamba2";
import { describe, expect, it } from "vitest";
import { relativeError } from "./checkpoints";
import { affine, flat, type Rows, silu, unflat, type Weights } from "./layer-maths";
import { againstOracle } from "./random-layer";

const base: Mamba2Options = {
  hiddenSize: 6,
  numHeads: 4,
  headDim: 3,
  stateSize: 5,
  numGroups: 1,
  convSize: 4,
  convBias: true,
  bias: false,
  stepLimit: [0, Number.POSITIVE_INFINITY],
  skipPerChannel: false,
  norm: "gated",
  normEps: 1e-5,
};

function oracle(options: Mamba2Options, w: Weights, xs: Rows): number[][] {
  const { numHeads: HV, headDim: V, stateSize: K, numGroups: H, convSize: W, stepLimit } = options;
  const [I, G, T] = [HV * V, H * K, xs.length];
  const [f64, cuSeqlens] = [(x: ArrayLike<number>) => Float64Array.from(x), [0, T]];
  const all = xs.map((x) => affine(w, "in_proj", x));
  const conv = shortConv({
    x: flat(all.map((row) => row.slice(I, 2 * I + 2 * G))),
    weight: f64(w["conv1d.weight"]!),
    bias: w["conv1d.bias"] && f64(w["conv1d.bias"]),
    activation: "silu",
    cuSeqlens,
    sizes: { D: I + 2 * G, W },
  });
  const xBC = unflat(conv.o, T);
  const dt = all.map((row) =>
    row.slice(2 * I + 2 * G).map((y, h) => {
      const step = Math.log1p(Math.exp(y + w["dt_bias"]![h]!));
      return Math.min(Math.max(step, stepLimit[0]), stepLimit[1]);
    }),
  );
  const { o } = recurrence({
    x: flat(xBC.map((row) => row.slice(0, I))),
    dt: flat(dt),
    A: f64(w["A_log"]!).map((a) => -Math.exp(a)),
    B: flat(xBC.map((row) => row.slice(I, I + G))),
    C: flat(xBC.map((row) => row.slice(I + G))),
    cuSeqlens,
    sizes: { H, HV, K, V },
  });
  const skip = (i: number): number => w["D"]![options.skipPerChannel ? i : Math.floor(i / V)]!;
  return unflat(o, T).map((row, t) => {
    const y = row.map((yi, i) => yi + skip(i) * xBC[t]![i]!);
    const gate = all[t]!.slice(0, I).map(silu);
    return affine(w, "out_proj", normed(options, w, y, gate));
  });
}

function normed({ norm, numGroups, normEps }: Mamba2Options, w: Weights, y: number[], gate: number[]) {
  const gated = y.map((yi, i) => yi * gate[i]!);
  if (!norm) return gated;
  const { o } = groupNorm({
    x: Float64Array.from(norm === "gated" ? gated : y),
    weight: Float64Array.from(w["norm.weight"]!),
    numGroups,
    isRmsNorm: true,
    eps: normEps,
    sizes: { D: y.length },
  });
  return norm === "gated" ? [...o] : [...o].map((x, i) => x * gate[i]!);
}

describe("mamba2 is the layer of the paper, document by document", () => {
  const variants: Record<string, Partial<Mamba2Options>> = {
    "as trained": {},
    "with two groups": { numGroups: 2 },
    "with two groups, normed before the gate": { numGroups: 2, norm: "beforeGate" },
    "without a norm": { norm: undefined },
    "with biases": { bias: true, convBias: false },
    "with a skip for each channel": { skipPerChannel: true },
    "with bounded steps": { stepLimit: [0.5, 0.9] },
    "with filters of two": { convSize: 2 },
  };

  it.each(Object.entries(variants))("%s", async (_, variant) => {
    const options = { ...base, ...variant };
    const { got, want } = await againstOracle(mamba2(options), options.hiddenSize, (w, xs) =>
      oracle(options, w, xs),
    );
    expect(relativeError(got, want)).toBeLessThan(1e-5);
  });
});
