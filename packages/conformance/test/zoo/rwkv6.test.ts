import { groupNorm } from "@webfla/reference/oracle/group-norm";
import { rwkv6 as recurrence } from "@webfla/reference/oracle/rwkv6";
import { type Rwkv6Options, rwkv6, rwkv6ChannelMix } from "@webfla/zoo/rwkv6";
import { describe, expect, it } from "vitest";
import { relativeError } from "./checkpoints";
import { affine, each, flat, type Rows, relu, sigmoid, silu, unflat, type Weights } from "./layer-maths";
import { againstOracle, times } from "./random-layer";

const base: Rwkv6Options = {
  hiddenSize: 12,
  numHeads: 3,
  keyDim: 6,
  valueDim: 12,
  mixRank: 2,
  decayRank: 3,
  normEps: 1e-5,
};

/** x + mu ⊙ (previous − x). */
const mixed = (xs: Rows, mu: (t: number, i: number) => number): number[][] =>
  xs.map((x, t) => x.map((xi, i) => xi + mu(t, i) * ((xs[t - 1]?.[i] ?? 0) - xi)));

function oracle(options: Rwkv6Options, w: Weights, xs: Rows): number[][] {
  const { hiddenSize, numHeads: H, keyDim, valueDim, mixRank, normEps } = options;
  const inner = mixed(xs, (_, i) => w["x_proj.0.mu"]![i]!).map((x) =>
    times(w["x_proj.0.linear.weight"]!, x).map(Math.tanh),
  );
  const from = (part: number): number[][] =>
    mixed(xs, (t, i) => {
      let mu = w["x_bias"]![part * hiddenSize + i]!;
      for (let j = part * mixRank; j < (part + 1) * mixRank; j++)
        mu += inner[t]![j]! * w["x_proj.2.weight"]![i * 5 * mixRank + j]!;
      return mu;
    });
  const project = (name: string, part: number): number[][] =>
    from(part).map((x) => affine(w, `${name}_proj.linear`, x));
  const decay = from(1).map((x) => {
    const low = affine(w, "w_proj.linear.lora.0", x).map(Math.tanh);
    return affine(w, "w_proj.linear.lora.2", low).map((y) => -Math.exp(y));
  });
  const { o } = recurrence({
    r: flat(project("r", 0)),
    w: flat(decay),
    k: flat(project("k", 2)),
    v: flat(project("v", 3)),
    u: Float64Array.from(w["bonus"]!),
    scale: 1,
    cuSeqlens: [0, xs.length],
    sizes: { H, K: keyDim / H, V: valueDim / H },
  });
  const [weight, bias] = [w["g_norm.weight"]!, w["g_norm.bias"]!].map((x) => Float64Array.from(x));
  const normed = groupNorm({ x: o, weight, bias, numGroups: H, eps: normEps, sizes: { D: valueDim } });
  const gate = each(project("g", 4), silu);
  return unflat(normed.o, xs.length).map((row, t) =>
    affine(
      w,
      "o_proj",
      row.map((y, i) => y * gate[t]![i]!),
    ),
  );
}

describe("rwkv6 is the time mixing of the paper, document by document", () => {
  const variants: Record<string, Partial<Rwkv6Options>> = {
    "as trained": {},
    "with wide keys and narrow values": { keyDim: 12, valueDim: 6 },
    "with one head": { numHeads: 1 },
  };

  it.each(Object.entries(variants))("%s", async (_, variant) => {
    const options = { ...base, ...variant };
    const { got, want } = await againstOracle(rwkv6(options), options.hiddenSize, (w, xs) =>
      oracle(options, w, xs),
    );
    expect(relativeError(got, want)).toBeLessThan(1e-5);
  });
});

describe("rwkv6ChannelMix reads the token and the one before it", () => {
  const activations = { squaredRelu: (x: number) => relu(x) ** 2, silu };

  it.each(Object.entries(activations))("through %s", async (activation, act) => {
    const layer = rwkv6ChannelMix({
      hiddenSize: 12,
      intermediateSize: 20,
      activation: activation as keyof typeof activations,
    });
    const { got, want } = await againstOracle(layer, 12, (w, xs) => {
      const from = (name: string) =>
        mixed(xs, (_, i) => w[`${name}.mu`]![i]!).map((x) => affine(w, `${name}.linear`, x));
      const receptance = from("receptance");
      return from("key").map((key, t) =>
        affine(w, "value", key.map(act)).map((y, i) => y * sigmoid(receptance[t]![i]!)),
      );
    });
    expect(relativeError(got, want)).toBeLessThan(1e-5);
  });
});
