import { groupNorm } from "@webfla/reference/oracle/group-norm";
import { rwkv7 as recurrence } from "@webfla/reference/oracle/rwkv7";
import { type Rwkv7Options, rwkv7, rwkv7ChannelMix } from "@webfla/zoo/rwkv7";
import { describe, expect, it } from "vitest";
import { relativeError } from "./checkpoints";
import { affine, each, flat, logSigmoid, type Rows, sigmoid, unflat, type Weights } from "./layer-maths";
import { againstOracle, head, times } from "./random-layer";

const base: Rwkv7Options = {
  hiddenSize: 12,
  headDim: 4,
  valueDim: 12,
  ranks: { w: 2, a: 3, v: 4, g: 5 },
  first: true,
  normEps: 1e-5,
  keyEps: 1e-6,
};

/** Rows mixed with the ones before them. */
const mixed = (xs: Rows, mu: Float32Array): number[][] =>
  xs.map((x, t) => x.map((xi, i) => xi + mu[i]! * ((xs[t - 1]?.[i] ?? 0) - xi)));

function oracle(options: Rwkv7Options, w: Weights, xs: Rows, first?: Rows): number[][] {
  const { hiddenSize, headDim: K, valueDim, normEps, keyEps } = options;
  const H = hiddenSize / K;
  const V = valueDim / H;
  const from = (letter: string) => mixed(xs, w[`x_${letter}`]!);
  const lora = (letter: string, act: (x: number) => number = (x) => x): number[][] =>
    from(letter).map((x) =>
      affine(w, `${letter}_lora.lora.2`, times(w[`${letter}_lora.lora.0.weight`]!, x).map(act)),
    );
  const project = (letter: string) => from(letter).map((x) => affine(w, `${letter}_proj`, x));
  const [r, key, own, g] = [project("r"), project("k"), project("v"), lora("g", sigmoid)];
  const share = first && each(lora("v"), sigmoid);
  const v = own.map((row, t) => (share ? row.map((x, i) => x + share[t]![i]! * (first[t]![i]! - x)) : row));
  const a = each(lora("a"), sigmoid);
  const decay = each(lora("w", Math.tanh), (x) => -Math.exp(-0.5) * sigmoid(x));
  const k = key.map((row, t) => row.map((ki, i) => ki * (1 + (a[t]![i]! - 1) * w["k_a"]![i]!)));
  const kk = key.map((row) => {
    const raw = row.map((ki, i) => ki * w["k_k"]![i]!);
    return raw.map((x, i) => {
      const own = head(raw, Math.floor(i / K), K);
      return x / Math.sqrt(own.reduce((sum, y) => sum + y * y, keyEps));
    });
  });
  const { o } = recurrence({
    r: flat(r),
    w: flat(decay),
    k: flat(k),
    v: flat(v),
    a: flat(each(kk, (x) => -x)),
    b: flat(kk.map((row, t) => row.map((x, i) => x * a[t]![i]!))),
    cuSeqlens: [0, xs.length],
    sizes: { H, K, V },
  });
  const [weight, bias] = [w["g_norm.weight"]!, w["g_norm.bias"]!].map((x) => Float64Array.from(x));
  const normed = groupNorm({ x: o, weight, bias, numGroups: H, eps: K * normEps, sizes: { D: valueDim } });
  return unflat(normed.o, xs.length).map((row, t) =>
    affine(
      w,
      "o_proj",
      row.map((y, i) => {
        const h = Math.floor(i / V);
        const match = head(r[t]!, h, K).reduce(
          (sum, x, j) => sum + x * k[t]![h * K + j]! * w["r_k"]![h * K + j]!,
          0,
        );
        return (y + match * v[t]![i]!) * g[t]![i]!;
      }),
    ),
  );
}

describe("rwkv7 is the time mixing of the paper, document by document", () => {
  const variants: Record<string, Partial<Rwkv7Options>> = {
    "as trained": {},
    "with wider values": { valueDim: 24 },
    "with the first layer's values": { first: false },
    "with exact units": { keyEps: 1e-24 },
    "with one head": { headDim: 12 },
  };

  it.each(Object.entries(variants))("%s", async (_, variant) => {
    const options = { ...base, ...variant };
    const shared: Record<string, number> = options.first ? {} : { vFirst: options.valueDim };
    const { got, want } = await againstOracle(
      rwkv7(options),
      options.hiddenSize,
      (w, xs, { vFirst }) => oracle(options, w, xs, vFirst),
      shared,
    );
    expect(relativeError(got, want)).toBeLessThan(1e-5);
  });
});

describe("rwkv7ChannelMix reads the token and the one before it", () => {
  const activations = {
    squaredRelu: (x: number) => Math.max(0, x) ** 2,
    logSigmoid,
  };

  it.each(Object.entries(activations))("through %s", async (activation, act) => {
    const layer = rwkv7ChannelMix({
      hiddenSize: 12,
      intermediateSize: 20,
      activation: activation as keyof typeof activations,
    });
    const { got, want } = await againstOracle(layer, 12, (w, xs) =>
      mixed(xs, w["x_k"]!).map((x) => affine(w, "value", affine(w, "key", x).map(act))),
    );
    expect(relativeError(got, want)).toBeLessThan(1e-5);
  });
});
