import { attn } from "@webfla/reference/oracle/attn";
import { type ForgettingAttentionOptions, forgettingAttention } from "@webfla/zoo/forgetting-attention";
import { describe, expect, it } from "vitest";
import { relativeError } from "./checkpoints";
import { affine, each, flat, logSigmoid, type Rows, sigmoid, unflat, type Weights } from "./layer-maths";
import { againstOracle, head } from "./random-layer";

const base: ForgettingAttentionOptions = {
  hiddenSize: 12,
  numHeads: 4,
  numKvHeads: 4,
  qkvBias: false,
  qkNorm: false,
  useOutputGate: false,
};

function oracle(options: ForgettingAttentionOptions, w: Weights, xs: Rows): number[][] {
  const { hiddenSize, numHeads: HQ, numKvHeads: H } = options;
  const K = hiddenSize / HQ;
  const project = (name: string): number[][] => {
    const weight = w[`${name}_norm.weight`];
    const rows = xs.map((x) => affine(w, `${name}_proj`, x));
    if (!weight) return rows;
    return rows.map((row) =>
      row.map((x, i) => {
        const squares = head(row, Math.floor(i / K), K).reduce((sum, y) => sum + y * y, 0);
        return (x / Math.sqrt(squares / K + 1e-5)) * weight[i]!;
      }),
    );
  };
  const { o } = attn({
    q: flat(project("q")),
    k: flat(project("k")),
    v: flat(project("v")),
    g: flat(each(project("f"), logSigmoid)),
    cuSeqlens: [0, xs.length],
    sizes: { H, HQ, K, V: K },
  });
  const gate = options.useOutputGate ? each(project("g"), sigmoid) : undefined;
  return unflat(o, xs.length).map((row, t) =>
    affine(w, "o_proj", gate ? row.map((y, i) => y * gate[t]![i]!) : row),
  );
}

describe("forgettingAttention is the layer of the paper, document by document", () => {
  const variants: Record<string, Partial<ForgettingAttentionOptions>> = {
    "with all heads": {},
    "with two queries to a key and biases": { numKvHeads: 2, qkvBias: true },
    "with an output gate": { useOutputGate: true },
    "with a norm for each head": { qkNorm: true, numKvHeads: 2 },
  };

  it.each(Object.entries(variants))("%s", async (_, variant) => {
    const options = { ...base, ...variant };
    const { got, want } = await againstOracle(forgettingAttention(options), options.hiddenSize, (w, xs) =>
      oracle(options, w, xs),
    );
    expect(relativeError(got, want)).toBeLessThan(1e-5);
  });
});
