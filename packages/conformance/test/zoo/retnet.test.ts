import { retention } from "@webfla/reference/oracle/retention";
import { type MultiScaleRetentionOptions, multiScaleRetention } from "@webfla/zoo/retnet";
import { describe, expect, it } from "vitest";
import { relativeError } from "./checkpoints";
import {
  each,
  flat,
  gatedOutput,
  type Rows,
  relu,
  rotate,
  silu,
  spread,
  stream,
  unflat,
  type Weights,
} from "./layer-maths";
import { againstOracle } from "./random-layer";

const base: MultiScaleRetentionOptions = {
  hiddenSize: 12,
  numHeads: 4,
  numKvHeads: 4,
  headDim: 6,
  valueDim: 5,
  normEps: 1e-5,
  convSize: 0,
  useOutputGate: true,
  fuseNorm: true,
};

function oracle(options: MultiScaleRetentionOptions, w: Weights, xs: Rows): number[][] {
  const { numHeads: H, numKvHeads, headDim: K, valueDim: V, featureMap } = options;
  const groups = H / numKvHeads;
  const map = featureMap ? relu : (x: number) => x;
  const [q, k, v] = ["q", "k", "v"].map((name) => stream(w, name, xs, options.convSize ? silu : undefined));
  const { o } = retention({
    q: flat(rotate(each(q!, map), K)),
    k: flat(spread(rotate(each(k!, map), K), K, groups)),
    v: flat(spread(v!, V, groups)),
    cuSeqlens: [0, xs.length],
    sizes: { H, K, V },
  });
  return gatedOutput(w, unflat(o, xs.length), xs, options);
}

describe("multiScaleRetention is the layer of the paper, document by document", () => {
  const variants: Record<string, Partial<MultiScaleRetentionOptions>> = {
    "as trained": {},
    "with short convolutions": { convSize: 4 },
    "without an output gate": { useOutputGate: false },
    "with its norm apart": { fuseNorm: false },
    "with two queries to a key": { numKvHeads: 2 },
    "with features": { featureMap: "relu" },
  };

  it.each(Object.entries(variants))("%s", async (_, variant) => {
    const options = { ...base, ...variant };
    const layer = multiScaleRetention(options);
    const { got, want } = await againstOracle(layer, options.hiddenSize, (w, xs) => oracle(options, w, xs));
    expect(relativeError(got, want)).toBeLessThan(1e-5);
  });
});
