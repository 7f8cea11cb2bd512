import { precondGatedDeltaRule } from "@webfla/reference/oracle";
import { type PrecondGatedDeltaNetOptions, precondGatedDeltaNet } from "@webfla/zoo/precond-gated-deltanet";
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
  type Weights,
} from "./delta-oracle";
import { againstOracle } from "./random-layer";

const base: PrecondGatedDeltaNetOptions = {
  ...common,
  useGate: true,
  allowNegEigval: false,
  squashX: 1.5,
  squashEps: 1e-6,
};

function oracle(options: PrecondGatedDeltaNetOptions, w: Weights, xs: readonly number[][]): number[][] {
  const { allowNegEigval, squashX, squashEps, useGate } = options;
  const { o } = precondGatedDeltaRule({
    q: flat(stream(w, "q", xs)),
    k: flat(stream(w, "k", xs)),
    v: flat(stream(w, "v", xs)),
    g: flat(decay(project(w["a_proj.weight"]!, xs), { rate: w["A_log"]!, bias: w["dt_bias"]! })),
    beta: flat(map(project(w["b_proj.weight"]!, xs), (x) => sigmoid(x) * (allowNegEigval ? 2 : 1))),
    gAtk: flat(
      decay(project(w["a_atk_proj.weight"]!, xs), { rate: w["A_log_atk"]!, bias: w["dt_bias_atk"]! }),
    ),
    betaAtk: flat(map(project(w["b_atk_proj.weight"]!, xs), sigmoid)),
    logAtkScale: Float64Array.from(w["log_atk_scale"]!),
    x: squashX,
    eps: squashEps,
    cuSeqlens: [0, xs.length],
    sizes: sizesOf(options),
  });
  return output(w, o, options, useGate ? map(project(w["g_proj.weight"]!, xs), silu) : undefined);
}

describe("precondGatedDeltaNet is the layer of the paper, document by document", () => {
  const variants: Record<string, Partial<PrecondGatedDeltaNetOptions>> = {
    "as trained": {},
    "without an output gate": { useGate: false },
    "without short convolutions": { convSize: 0 },
    "with negative eigenvalues": { allowNegEigval: true },
    "with another squash": { squashX: 2, squashEps: 1e-3 },
    "with more value heads than key heads": grouped,
  };
  it.each(Object.entries(variants))("%s", async (_, variant) => {
    const options = { ...base, ...variant };
    const layer = precondGatedDeltaNet(options);
    const { got, want } = await againstOracle(layer, options.hiddenSize, (w, xs) => oracle(options, w, xs));
    expect(relativeError(got, want)).toBeLessThan(1e-5);
  });
});
