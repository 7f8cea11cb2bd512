import { mamba1 } from "@webfla/reference/oracle/mamba1";
import { shortConv } from "@webfla/reference/oracle/short-conv";
import { type MambaOptions, mamba } from "@webfla/zoo/mamba";
import { describe, expect, it } from "vitest";
import { relativeError } from "./checkpoints";
import { affine, flat, type Rows, silu, unflat, type Weights } from "./layer-maths";
import { againstOracle } from "./random-layer";

const base: MambaOptions = {
  hiddenSize: 6,
  intermediateSize: 10,
  stateSize: 3,
  convSize: 4,
  convBias: true,
  stepRank: 2,
  bias: false,
};

function oracle(options: MambaOptions, w: Weights, xs: Rows): number[][] {
  const { intermediateSize: D, stateSize: S, convSize: W, stepRank } = options;
  const [f64, cuSeqlens] = [(x: ArrayLike<number>) => Float64Array.from(x), [0, xs.length]];
  const both = xs.map((x) => affine(w, "in_proj", x));
  const conv = shortConv({
    x: flat(both.map((row) => row.slice(0, D))),
    weight: f64(w["conv1d.weight"]!),
    bias: w["conv1d.bias"] && f64(w["conv1d.bias"]),
    activation: "silu",
    cuSeqlens,
    sizes: { D, W },
  });
  const selected = unflat(conv.o, xs.length).map((row) => affine(w, "x_proj", row));
  const dt = selected.map((row) =>
    affine(w, "dt_proj", row.slice(0, stepRank)).map((y) => Math.log1p(Math.exp(y))),
  );
  const { o } = mamba1({
    x: conv.o,
    dt: flat(dt),
    A: f64(w["A_log"]!).map((a) => -Math.exp(a)),
    B: flat(selected.map((row) => row.slice(stepRank, stepRank + S))),
    C: flat(selected.map((row) => row.slice(stepRank + S))),
    D: f64(w["D"]!),
    cuSeqlens,
    sizes: { D, S },
  });
  return unflat(o, xs.length).map((row, t) =>
    affine(
      w,
      "out_proj",
      row.map((y, i) => y * silu(both[t]![D + i]!)),
    ),
  );
}

describe("mamba is the layer of the paper, document by document", () => {
  const variants: Record<string, Partial<MambaOptions>> = {
    "as trained": {},
    "with biases": { bias: true },
    "without a bias of the convolution": { convBias: false },
    "with filters of two": { convSize: 2, stateSize: 1 },
  };

  it.each(Object.entries(variants))("%s", async (_, variant) => {
    const options = { ...base, ...variant };
    const { got, want } = await againstOracle(mamba(options), options.hiddenSize, (w, xs) =>
      oracle(options, w, xs),
    );
    expect(relativeError(got, want)).toBeLessThan(1e-5);
  });
});
