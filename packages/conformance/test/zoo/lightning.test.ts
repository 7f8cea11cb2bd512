import { lightningAttn } from "@webfla/reference/oracle/lightning-attn";
import { type LightningAttentionOptions, lightningAttention } from "@webfla/zoo/lightning";
import { describe, expect, it } from "vitest";
import { relativeError } from "./checkpoints";
import { flat, type Rows, rms, sigmoid, silu, spread, stream, unflat, type Weights } from "./layer-maths";
import { againstOracle, times } from "./random-layer";

const base: LightningAttentionOptions = {
  hiddenSize: 12,
  numHeads: 4,
  numKvHeads: 4,
  headDim: 3,
  valueDim: 5,
  normEps: 1e-5,
  convSize: 0,
  layerIdx: 1,
  numLayers: 4,
};

function oracle(options: LightningAttentionOptions, w: Weights, xs: Rows): number[][] {
  const { numHeads: H, numKvHeads, headDim: K, valueDim: V, normEps, layerIdx, numLayers } = options;
  const groups = H / numKvHeads;
  const [q, k, v] = ["q", "k", "v"].map((name) => stream(w, name, xs, silu));
  const { o } = lightningAttn({
    q: flat(q!),
    k: flat(spread(k!, K, groups)),
    v: flat(spread(v!, V, groups)),
    layerIdx,
    numLayers,
    cuSeqlens: [0, xs.length],
    sizes: { H, K, V },
  });
  return unflat(o, xs.length).map((row, t) => {
    const gate = times(w["g_proj.weight"]!, xs[t]!);
    const normed = rms(row, H * V, w["g_norm.weight"]!, normEps);
    return times(
      w["o_proj.weight"]!,
      normed.map((y, i) => y * sigmoid(gate[i]!)),
    );
  });
}

describe("lightningAttention fades by head and layer, document by document", () => {
  const variants: Record<string, Partial<LightningAttentionOptions>> = {
    "in the middle": {},
    "in the first layer": { layerIdx: 0 },
    "in the last layer": { layerIdx: 3 },
    "with short convolutions": { convSize: 4 },
    "with two queries to a key": { numKvHeads: 2 },
  };

  it.each(Object.entries(variants))("%s", async (_, variant) => {
    const options = { ...base, ...variant };
    const layer = lightningAttention(options);
    const { got, want } = await againstOracle(layer, options.hiddenSize, (w, xs) => oracle(options, w, xs));
    expect(relativeError(got, want)).toBeLessThan(1e-5);
  });
});
