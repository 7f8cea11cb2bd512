import { gsa } from "@webfla/reference/oracle/gsa";
import { type GatedSlotAttentionOptions, gatedSlotAttention } from "@webfla/zoo/gsa";
import { describe, expect, it } from "vitest";
import { relativeError } from "./checkpoints";
import {
  affine,
  each,
  flat,
  logSigmoid,
  type Rows,
  relu,
  rms,
  silu,
  spread,
  stream,
  unflat,
  type Weights,
} from "./layer-maths";
import { againstOracle, head, times } from "./random-layer";

const base: GatedSlotAttentionOptions = {
  hiddenSize: 12,
  numHeads: 4,
  numKvHeads: 4,
  headDim: 2,
  valueDim: 3,
  numSlots: 5,
  featureMap: "swish",
  convSize: 0,
  gateLogitNormalizer: 8,
};

function oracle(options: GatedSlotAttentionOptions, w: Weights, xs: Rows): number[][] {
  const { numHeads: H, numKvHeads, headDim: K, valueDim: V, numSlots: M, featureMap } = options;
  const groups = H / numKvHeads;
  const maps = {
    swish: (x: number[]) => x.map(silu),
    relu: (x: number[]) => x.map(relu),
    t2r: (x: number[]) => affine(w, "feature_map.layer", x).map(relu),
  };
  const features = (rows: Rows): number[][] =>
    rows.map((row) =>
      Array.from({ length: row.length / K }, (_, h) => maps[featureMap](head([...row], h, K))).flat(),
    );
  const [q, k, v] = ["q", "k", "v"].map((name) => stream(w, name, xs, options.convSize ? silu : undefined));
  const g = stream(w, "f", xs, (x) => logSigmoid(x) / options.gateLogitNormalizer);
  const { o } = gsa({
    q: flat(features(q!)),
    k: flat(spread(features(k!), K, groups)),
    v: flat(spread(each(v!, silu), V, groups)),
    s: flat(
      spread(
        each(g, (x) => -Math.expm1(x)),
        M,
        groups,
      ),
    ),
    g: flat(spread(g, M, groups)),
    scale: 1,
    cuSeqlens: [0, xs.length],
    sizes: { H, K, V, M },
  });
  return unflat(o, xs.length).map((row) =>
    times(w["o_proj.weight"]!, rms(row.map(silu), H * V, w["g_norm.weight"]!, 1e-5)),
  );
}

describe("gatedSlotAttention is the layer of the paper, document by document", () => {
  const variants: Record<string, Partial<GatedSlotAttentionOptions>> = {
    "as trained": {},
    "with relu": { featureMap: "relu" },
    "with a learned map": { featureMap: "t2r" },
    "with short convolutions": { convSize: 4 },
    "with two queries to a key": { numKvHeads: 2 },
    "with slow decays": { gateLogitNormalizer: 64 },
  };

  it.each(Object.entries(variants))("%s", async (_, variant) => {
    const options = { ...base, ...variant };
    const layer = gatedSlotAttention(options);
    const { got, want } = await againstOracle(layer, options.hiddenSize, (w, xs) => oracle(options, w, xs));
    expect(relativeError(got, want)).toBeLessThan(1e-5);
  });
});
