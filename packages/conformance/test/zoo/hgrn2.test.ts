import { hgrn2 } from "@webfla/reference/oracle/hgrn2";
import { type Hgrn2AttentionOptions, hgrn2Attention } from "@webfla/zoo/hgrn2";
import { describe, expect, it } from "vitest";
import { relativeError } from "./checkpoints";
import { bounds, shareBounds } from "./forget-bounds";
import { flat, logSigmoid, type Rows, rms, sigmoid, silu, stream, unflat, type Weights } from "./layer-maths";
import { againstOracle, times } from "./random-layer";

const base: Hgrn2AttentionOptions = { hiddenSize: 6, numHeads: 2, headDim: 3, convSize: 0 };

function oracle(options: Hgrn2AttentionOptions, w: Weights, xs: Rows): number[][] {
  const { hiddenSize, numHeads: H, headDim: K, lowerBound } = options;
  const g = stream(w, "f", xs).map((row) =>
    row.map((x, d) => (lowerBound ? Math.log(bounds[d]! + (1 - bounds[d]!) * sigmoid(x)) : logSigmoid(x))),
  );
  const { o } = hgrn2({
    q: flat(stream(w, "q", xs, silu)),
    v: flat(stream(w, "i", xs)),
    g: flat(g),
    cuSeqlens: [0, xs.length],
    sizes: { H, K, V: hiddenSize / H },
  });
  return unflat(o, xs.length).map((row) =>
    times(w["o_proj.weight"]!, rms(row, hiddenSize, w["g_norm.weight"]!, 1e-5)),
  );
}

describe("hgrn2Attention is the layer of the paper, document by document", () => {
  const variants: Record<string, Partial<Hgrn2AttentionOptions>> = {
    "as trained, without bounds": {},
    "above a lower bound": { lowerBound: 1 },
    "with short convolutions": { convSize: 4 },
    "with one head": { numHeads: 1, headDim: 6 },
  };

  it.each(Object.entries(variants))("%s", async (_, variant) => {
    const options = { ...base, ...variant };
    const layer = shareBounds(hgrn2Attention(options));
    const { got, want } = await againstOracle(layer, options.hiddenSize, (w, xs) => oracle(options, w, xs));
    expect(relativeError(got, want)).toBeLessThan(1e-5);
  });
});
