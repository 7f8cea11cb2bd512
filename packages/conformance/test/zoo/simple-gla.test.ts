import { simpleGla } from "@webfla/reference/oracle/simple-gla";
import { type SimpleGatedLinearAttentionOptions, simpleGatedLinearAttention } from "@webfla/zoo/simple-gla";
import { describe, expect, it } from "vitest";
import { relativeError } from "./checkpoints";
import {
  affine,
  each,
  flat,
  logSigmoid,
  type Rows,
  rms,
  silu,
  spread,
  stream,
  unflat,
  type Weights,
} from "./layer-maths";
import { againstOracle, times } from "./random-layer";

const base: SimpleGatedLinearAttentionOptions = {
  hiddenSize: 12,
  numHeads: 4,
  numKvHeads: 4,
  headDim: 3,
  valueDim: 5,
  normEps: 1e-5,
  convSize: 4,
  gateLogitNormalizer: 16,
  fuseNorm: true,
};

function oracle(options: SimpleGatedLinearAttentionOptions, w: Weights, xs: Rows): number[][] {
  const { numHeads: H, numKvHeads, headDim: K, valueDim: V, featureMap, normEps } = options;
  const groups = H / numKvHeads;
  const map = featureMap ? silu : (x: number) => x;
  const [q, k, v] = ["q", "k", "v"].map((name) => stream(w, name, xs, options.convSize ? silu : undefined));
  const g = xs.map((x) => affine(w, "gk_proj", x).map((y) => logSigmoid(y) / options.gateLogitNormalizer));
  const { o } = simpleGla({
    q: flat(each(q!, map)),
    k: flat(spread(each(k!, map), K, groups)),
    v: flat(spread(v!, V, groups)),
    g: flat(g),
    cuSeqlens: [0, xs.length],
    sizes: { H, K, V },
  });
  const norm = w["g_norm_swish_gate.weight"] ?? w["g_norm.weight"]!;
  return unflat(o, xs.length).map((row, t) => {
    const gate = times(w["g_proj.weight"]!, xs[t]!);
    return times(
      w["o_proj.weight"]!,
      rms(row, V, norm, normEps).map((y, i) => y * silu(gate[i]!)),
    );
  });
}

describe("simpleGatedLinearAttention is the recurrence with a decay a head, document by document", () => {
  const variants: Record<string, Partial<SimpleGatedLinearAttentionOptions>> = {
    "as built": {},
    "without short convolutions": { convSize: 0 },
    "with its norm apart": { fuseNorm: false },
    "with four queries to a key": { numKvHeads: 1 },
    "with features and fast decays": { featureMap: "silu", gateLogitNormalizer: 1 },
  };

  it.each(Object.entries(variants))("%s", async (_, variant) => {
    const options = { ...base, ...variant };
    const layer = simpleGatedLinearAttention(options);
    const { got, want } = await againstOracle(layer, options.hiddenSize, (w, xs) => oracle(options, w, xs));
    expect(relativeError(got, want)).toBeLessThan(1e-5);
  });
});
