import { gla } from "@webfla/reference/oracle/gla";
import { type GatedLinearAttentionOptions, gatedLinearAttention } from "@webfla/zoo/gla";
import { describe, expect, it } from "vitest";
import { relativeError } from "./checkpoints";
import {
  affine,
  each,
  flat,
  gatedOutput,
  logSigmoid,
  type Rows,
  relu,
  silu,
  spread,
  stream,
  unflat,
  type Weights,
} from "./layer-maths";
import { againstOracle, times } from "./random-layer";

const base: GatedLinearAttentionOptions = {
  hiddenSize: 12,
  numHeads: 4,
  numKvHeads: 4,
  headDim: 3,
  valueDim: 5,
  normEps: 1e-5,
  convSize: 0,
  useOutputGate: true,
  gateLowRankDim: 2,
  gateLogitNormalizer: 16,
  fuseNorm: true,
};

function oracle(options: GatedLinearAttentionOptions, w: Weights, xs: Rows): number[][] {
  const { numHeads: H, numKvHeads, headDim: K, valueDim: V, featureMap } = options;
  const groups = H / numKvHeads;
  const map = featureMap ? relu : (x: number) => x;
  const [q, k, v] = ["q", "k", "v"].map((name) => stream(w, name, xs, options.convSize ? silu : undefined));
  const g = xs.map((x) =>
    affine(w, "gk_proj.1", times(w["gk_proj.0.weight"]!, x)).map((y) =>
      Math.max(logSigmoid(y) / options.gateLogitNormalizer, options.clampMin ?? -Infinity),
    ),
  );
  const { o } = gla({
    q: flat(each(q!, map)),
    k: flat(spread(each(k!, map), K, groups)),
    v: flat(spread(v!, V, groups)),
    g: flat(spread(g, K, groups)),
    cuSeqlens: [0, xs.length],
    sizes: { H, K, V },
  });
  return gatedOutput(w, unflat(o, xs.length), xs, options);
}

describe("gatedLinearAttention is the layer of the paper, document by document", () => {
  const variants: Record<string, Partial<GatedLinearAttentionOptions>> = {
    "as trained": {},
    "with short convolutions": { convSize: 3 },
    "without an output gate": { useOutputGate: false },
    "with its norm apart": { fuseNorm: false },
    "with two queries to a key": { numKvHeads: 2 },
    "with features": { featureMap: "relu" },
    "with fast decays, clamped": { gateLogitNormalizer: 0.5, clampMin: -1 },
  };

  it.each(Object.entries(variants))("%s", async (_, variant) => {
    const options = { ...base, ...variant };
    const layer = gatedLinearAttention(options);
    const { got, want } = await againstOracle(layer, options.hiddenSize, (w, xs) => oracle(options, w, xs));
    expect(relativeError(got, want)).toBeLessThan(1e-5);
  });
});
