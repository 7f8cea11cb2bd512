import { precondKda as rule } from "@webfla/reference/oracle";
import { type PrecondKdaOptions, precondKda } from "@webfla/zoo/precond-kda";
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
  stream,
  type Weights,
} from "./delta-oracle";
import { againstOracle } from "./random-layer";

const base: PrecondKdaOptions = { ...common, allowNegEigval: false, squashX: 1.5, squashEps: 1e-6 };

function oracle(options: PrecondKdaOptions, w: Weights, xs: readonly number[][]): number[][] {
  const { headDim: K, valueDim: V, numHeads, numValueHeads: HV, allowNegEigval, lowerBound } = options;
  const group = HV / numHeads;
  const beta = map(project(w["b_proj.weight"]!, xs), (x) => sigmoid(x) * (allowNegEigval ? 2 : 1));
  const { o } = rule({
    q: flat(repeat(stream(w, "q", xs), K, group)),
    k: flat(repeat(stream(w, "k", xs), K, group)),
    v: flat(stream(w, "v", xs)),
    g: flat(decay(bottleneck(w, xs), { rate: w["A_log"]!, bias: w["dt_bias"]!, size: K, lowerBound })),
    beta: flat(repeat(beta, 1, group)),
    gAtk: flat(decay(project(w["a_proj.weight"]!, xs), { rate: w["A_log_atk"]!, bias: w["dt_bias_atk"]! })),
    betaAtk: flat(map(project(w["b_atk_proj.weight"]!, xs), sigmoid)),
    logAtkScale: Float64Array.from(w["log_atk_scale"]!),
    x: options.squashX,
    eps: options.squashEps,
    cuSeqlens: [0, xs.length],
    sizes: { H: HV, K, V },
  });
  return output(w, o, options, lowRankGate(w, xs));
}

describe("precondKda is the layer of the paper, document by document", () => {
  const variants: Record<string, Partial<PrecondKdaOptions>> = {
    "as trained": {},
    "without short convolutions": { convSize: 0 },
    "with negative eigenvalues": { allowNegEigval: true },
    "with bounded gates": { lowerBound: -5 },
    "with another squash": { squashX: 2, squashEps: 1e-3 },
    "with more value heads than key heads": grouped,
  };
  it.each(Object.entries(variants))("%s", async (_, variant) => {
    const options = { ...base, ...variant };
    const layer = precondKda(options);
    const { got, want } = await againstOracle(layer, options.hiddenSize, (w, xs) => oracle(options, w, xs));
    expect(relativeError(got, want)).toBeLessThan(1e-5);
  });
});
