import { deltaRule } from "@webfla/reference/oracle";
import { type DeltaNetOptions, deltaNet } from "@webfla/zoo/delta-net";
import { describe, expect, it } from "vitest";
import { relativeError } from "./checkpoints";
import {
  common,
  flat,
  map,
  output,
  pieces,
  project,
  sigmoid,
  silu,
  stream,
  unit,
  type Weights,
} from "./delta-oracle";
import { againstOracle } from "./random-layer";

const { numValueHeads, ...sizes } = common;
const base: DeltaNetOptions = {
  ...sizes,
  useBeta: true,
  useGate: false,
  allowNegEigval: false,
  qkActivation: "silu",
  qkNorm: "l2",
};

const activations = {
  silu,
  relu: (x: number) => Math.max(x, 0),
  elu: (x: number) => (x > 0 ? x + 1 : Math.exp(x)),
  identity: (x: number) => x,
};

function oracle(options: DeltaNetOptions, w: Weights, xs: readonly number[][]): number[][] {
  const { headDim: K, numHeads: H, valueDim: V, useBeta, allowNegEigval, qkActivation, qkNorm } = options;
  const heads = { ...options, numValueHeads: H };
  const features = (name: string) => {
    const y = stream(w, name, xs, activations[qkActivation]);
    if (qkNorm === "l2") return unit(y, K);
    return pieces(y, K, (piece) => piece.map((x) => x / piece.reduce((a, b) => a + b)));
  };
  const raw = useBeta
    ? map(project(w["b_proj.weight"]!, xs), sigmoid)
    : xs.map(() => new Array<number>(H).fill(1));
  const { o } = deltaRule({
    q: flat(features("q")),
    k: flat(features("k")),
    v: flat(stream(w, "v", xs)),
    beta: flat(map(raw, (x) => x * (allowNegEigval ? 2 : 1))),
    cuSeqlens: [0, xs.length],
    sizes: { H, K, V },
  });
  return output(w, o, heads, options.useGate ? map(project(w["g_proj.weight"]!, xs), silu) : undefined);
}

describe("deltaNet is the layer of the paper, document by document", () => {
  const variants: Record<string, Partial<DeltaNetOptions>> = {
    "as trained": {},
    "with a gate": { useGate: true },
    "without a strength": { useBeta: false },
    "with reflections": { useBeta: false, allowNegEigval: true },
    "with negative eigenvalues": { allowNegEigval: true },
    "without short convolutions": { convSize: 0 },
    "with wider values": { valueDim: 6 },
    "of relu": { qkActivation: "relu" },
    "of nothing": { qkActivation: "identity", convSize: 0 },
    "of elu, divided by sums": { qkActivation: "elu", qkNorm: "sum" },
    "of elu without convolutions": { qkActivation: "elu", convSize: 0 },
  };
  it.each(Object.entries(variants))("%s", async (_, variant) => {
    const options = { ...base, ...variant };
    const run = againstOracle(deltaNet(options), options.hiddenSize, (w, xs) => oracle(options, w, xs));
    const { got, want } = await run;
    expect(relativeError(got, want)).toBeLessThan(1e-5);
  });
});
