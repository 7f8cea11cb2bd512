import { abc } from "@webfla/reference/oracle/abc";
import { type AbcAttentionOptions, abcAttention } from "@webfla/zoo/abc";
import { describe, expect, it } from "vitest";
import { relativeError } from "./checkpoints";
import { flat, type Rows, rms, rotate, silu, stream, unflat, type Weights } from "./layer-maths";
import { againstOracle, times } from "./random-layer";

const base: AbcAttentionOptions = {
  hiddenSize: 12,
  numHeads: 3,
  headDim: 4,
  valueDim: 5,
  normEps: 1e-5,
  numSlots: 6,
  convSize: 0,
  useRope: true,
  useOutputGate: true,
  clampMin: -32,
  clampMax: 32,
};

function oracle(options: AbcAttentionOptions, w: Weights, xs: Rows): number[][] {
  const { numHeads: H, headDim: K, valueDim: V, numSlots: M, useRope, normEps } = options;
  const { clampMin = -Infinity, clampMax = Infinity } = options;
  const [q, k, v] = ["q", "k", "v"].map((name) => stream(w, name, xs, options.convSize ? silu : undefined));
  const place = (rows: number[][]): Float64Array => flat(useRope ? rotate(rows, K) : rows);
  const { o } = abc({
    q: place(q!),
    k: place(k!),
    v: flat(v!),
    s: flat(stream(w, "s", xs, (x) => Math.min(Math.max(x, clampMin), clampMax))),
    cuSeqlens: [0, xs.length],
    sizes: { H, K, V, M },
  });
  return unflat(o, xs.length).map((row, t) => {
    const gate = w["g_proj.weight"] && times(w["g_proj.weight"], xs[t]!);
    const normed = rms(row, V, w["g_norm.weight"]!, normEps);
    return times(
      w["o_proj.weight"]!,
      normed.map((y, i) => y * (gate ? silu(gate[i]!) : 1)),
    );
  });
}

describe("abcAttention is the layer of the paper, document by document", () => {
  const variants: Record<string, Partial<AbcAttentionOptions>> = {
    "as trained": {},
    "without positions": { useRope: false },
    "with short convolutions": { convSize: 4 },
    "without an output gate": { useOutputGate: false },
    "with logits that reach their bounds": { clampMin: -0.5, clampMax: 0.5 },
    "without bounds": { clampMin: undefined, clampMax: undefined },
  };

  it.each(Object.entries(variants))("%s", async (_, variant) => {
    const options = { ...base, ...variant };
    const layer = abcAttention(options);
    const { got, want } = await againstOracle(layer, options.hiddenSize, (w, xs) => oracle(options, w, xs));
    expect(relativeError(got, want)).toBeLessThan(1e-5);
  });
});
