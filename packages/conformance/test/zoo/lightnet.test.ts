import { gla } from "@webfla/reference/oracle/gla";
import { type LightNetAttentionOptions, lightNetAttention } from "@webfla/zoo/lightnet";
import { describe, expect, it } from "vitest";
import { relativeError } from "./checkpoints";
import { flat, type Rows, rms, silu, stream, unflat, type Weights } from "./layer-maths";
import { againstOracle, times } from "./random-layer";

const base: LightNetAttentionOptions = {
  hiddenSize: 12,
  numHeads: 2,
  headDim: 3,
  convSize: 0,
  gateLowRankDim: 5,
};

function oracle(options: LightNetAttentionOptions, w: Weights, xs: Rows): number[][] {
  const { hiddenSize, numHeads: H, headDim: K } = options;
  const k = stream(w, "k", xs);
  const z = k.map((_, t) =>
    k[t]!.map((__, i) => Math.log(k.slice(0, t + 1).reduce((sum, row) => sum + Math.exp(row[i]!), 0))),
  );
  const { o } = gla({
    q: flat(stream(w, "q", xs, silu)),
    k: flat(k.map((row, t) => row.map((x, i) => Math.exp(x - z[t]![i]!)))),
    v: flat(stream(w, "v", xs)),
    g: flat(z.map((row, t) => row.map((x, i) => (t ? z[t - 1]![i]! - x : 0)))),
    cuSeqlens: [0, xs.length],
    sizes: { H, K, V: hiddenSize / H },
  });
  return unflat(o, xs.length).map((row, t) => {
    const gate = times(w["g_proj.1.weight"]!, times(w["g_proj.0.weight"]!, xs[t]!));
    const normed = rms(row, hiddenSize, w["g_norm.weight"]!, 1e-6);
    return times(
      w["o_proj.weight"]!,
      normed.map((y, i) => y * silu(gate[i]!)),
    );
  });
}

describe("lightNetAttention is a softmax over time, document by document", () => {
  const variants: Record<string, Partial<LightNetAttentionOptions>> = {
    "as trained": {},
    "with short convolutions": { convSize: 4 },
    "with wider keys": { headDim: 8 },
  };

  it.each(Object.entries(variants))("%s", async (_, variant) => {
    const options = { ...base, ...variant };
    const layer = lightNetAttention(options);
    const { got, want } = await againstOracle(layer, options.hiddenSize, (w, xs) => oracle(options, w, xs));
    expect(relativeError(got, want)).toBeLessThan(1e-5);
  });
});
