import { kda } from "@webfla/reference/oracle";
import { type KdaOptions, kimiDeltaAttention } from "@webfla/zoo/kda";
import { describe, expect, it } from "vitest";
import { relativeError } from "./checkpoints";
import {
  bottleneck,
  common,
  decay,
  flat,
  grouped,
  lowRankGate,
  map,
  output,
  project,
  sigmoid,
  sizesOf,
  stream,
  unit,
  type Weights,
} from "./delta-oracle";
import { againstOracle } from "./random-layer";

const base: KdaOptions = { ...common, allowNegEigval: false };

function oracle(options: KdaOptions, w: Weights, xs: readonly number[][]): number[][] {
  const { headDim: K, allowNegEigval, lowerBound } = options;
  const { o } = kda({
    q: flat(unit(stream(w, "q", xs), K)),
    k: flat(unit(stream(w, "k", xs), K)),
    v: flat(stream(w, "v", xs)),
    g: flat(decay(bottleneck(w, xs), { rate: w["A_log"]!, bias: w["dt_bias"]!, size: K, lowerBound })),
    beta: flat(map(project(w["b_proj.weight"]!, xs), (x) => sigmoid(x) * (allowNegEigval ? 2 : 1))),
    cuSeqlens: [0, xs.length],
    sizes: sizesOf(options),
  });
  return output(w, o, options, lowRankGate(w, xs));
}

describe("kimiDeltaAttention is the layer of the paper, document by document", () => {
  const variants: Record<string, Partial<KdaOptions>> = {
    "as trained": {},
    "without short convolutions": { convSize: 0 },
    "with negative eigenvalues": { allowNegEigval: true },
    "with bounded gates": { lowerBound: -5 },
    "with wider values": { valueDim: 6 },
    "with more value heads than key heads": grouped,
  };
  it.each(Object.entries(variants))("%s", async (_, variant) => {
    const options = { ...base, ...variant };
    const layer = kimiDeltaAttention(options);
    const { got, want } = await againstOracle(layer, options.hiddenSize, (w, xs) => oracle(options, w, xs));
    expect(relativeError(got, want)).toBeLessThan(1e-5);
  });
});
