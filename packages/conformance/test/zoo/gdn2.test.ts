import { gdn2 } from "@webfla/reference/oracle";
import { type Gdn2Options, gatedDeltaNet2 } from "@webfla/zoo/gdn2";
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
  repeat,
  sigmoid,
  sizesOf,
  stream,
  unit,
  type Weights,
} from "./delta-oracle";
import { againstOracle } from "./random-layer";

const base: Gdn2Options = { ...common, allowNegEigval: false };

function oracle(options: Gdn2Options, w: Weights, xs: readonly number[][]): number[][] {
  const { headDim: K, numHeads, numValueHeads, allowNegEigval } = options;
  const group = numValueHeads / numHeads;
  const g = decay(bottleneck(w, xs), { rate: w["A_log"]!, bias: w["dt_bias"]!, size: K });
  const b = map(project(w["b_proj.weight"]!, xs), (x) => sigmoid(x) * (allowNegEigval ? 2 : 1));
  const { o } = gdn2({
    q: flat(unit(stream(w, "q", xs), K)),
    k: flat(unit(stream(w, "k", xs), K)),
    v: flat(stream(w, "v", xs)),
    g: flat(repeat(g, K, group)),
    b: flat(repeat(b, K, group)),
    w: flat(map(project(w["w_proj.weight"]!, xs), sigmoid)),
    cuSeqlens: [0, xs.length],
    sizes: sizesOf(options),
  });
  return output(w, o, options, lowRankGate(w, xs));
}

describe("gatedDeltaNet2 is FLA's layer, document by document", () => {
  const variants: Record<string, Partial<Gdn2Options>> = {
    "as trained": {},
    "without short convolutions": { convSize: 0 },
    "with negative eigenvalues": { allowNegEigval: true },
    "with wider values": { valueDim: 6 },
    "with more value heads than key heads": grouped,
  };
  it.each(Object.entries(variants))("%s", async (_, variant) => {
    const options = { ...base, ...variant };
    const layer = gatedDeltaNet2(options);
    const { got, want } = await againstOracle(layer, options.hiddenSize, (w, xs) => oracle(options, w, xs));
    expect(relativeError(got, want)).toBeLessThan(1e-5);
  });
});
