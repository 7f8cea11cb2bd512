import { gatedDeltaProduct as rule } from "@webfla/reference/oracle";
import { type GatedDeltaProductOptions, gatedDeltaProduct } from "@webfla/zoo/gated-deltaproduct";
import { describe, expect, it } from "vitest";
import { relativeError } from "./checkpoints";
import {
  common,
  decay,
  flat,
  grouped,
  map,
  output,
  project,
  sigmoid,
  silu,
  sizesOf,
  stream,
  unit,
  type Weights,
} from "./delta-oracle";
import { againstOracle } from "./random-layer";

const base: GatedDeltaProductOptions = {
  ...common,
  numHouseholder: 2,
  useForgetGate: true,
  useOutputGate: true,
  allowNegEigval: false,
};

function oracle(options: GatedDeltaProductOptions, w: Weights, xs: readonly number[][]): number[][] {
  const { headDim: K, numValueHeads: HV, allowNegEigval, useForgetGate, useOutputGate } = options;
  const { o } = rule({
    q: flat(unit(stream(w, "q", xs), K)),
    k: flat(unit(stream(w, "k", xs), K)),
    v: flat(stream(w, "v", xs)),
    beta: flat(map(project(w["b_proj.weight"]!, xs), (x) => sigmoid(x) * (allowNegEigval ? 2 : 1))),
    g: useForgetGate
      ? flat(decay(project(w["a_proj.weight"]!, xs), { rate: w["A_log"]!, bias: w["dt_bias"]! }))
      : new Float64Array(xs.length * HV),
    numHouseholder: options.numHouseholder,
    cuSeqlens: [0, xs.length],
    sizes: sizesOf(options),
  });
  return output(w, o, options, useOutputGate ? map(project(w["g_proj.weight"]!, xs), silu) : undefined);
}

describe("gatedDeltaProduct is the layer of the paper, document by document", () => {
  const variants: Record<string, Partial<GatedDeltaProductOptions>> = {
    "two steps": {},
    "one step": { numHouseholder: 1 },
    "three steps": { numHouseholder: 3 },
    "without a forget gate": { useForgetGate: false },
    "without an output gate": { useOutputGate: false },
    "without short convolutions": { convSize: 0 },
    "with negative eigenvalues": { allowNegEigval: true },
    "with more value heads than key heads": grouped,
  };
  it.each(Object.entries(variants))("%s", async (_, variant) => {
    const options = { ...base, ...variant };
    const layer = gatedDeltaProduct(options);
    const { got, want } = await againstOracle(layer, options.hiddenSize, (w, xs) => oracle(options, w, xs));
    expect(relativeError(got, want)).toBeLessThan(1e-5);
  });
});
