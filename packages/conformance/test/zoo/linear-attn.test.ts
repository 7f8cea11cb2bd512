import { linearAttn } from "@webfla/reference/oracle/linear-attn";
import { type LinearAttentionOptions, linearAttention } from "@webfla/zoo/linear-attn";
import { describe, expect, it } from "vitest";
import { relativeError } from "./checkpoints";
import { affine, flat, type Rows, relu, rms, spread, stream, unflat, type Weights } from "./layer-maths";
import { againstOracle, head, times } from "./random-layer";

const base: LinearAttentionOptions = {
  hiddenSize: 12,
  numHeads: 4,
  numKvHeads: 4,
  headDim: 3,
  valueDim: 5,
  normEps: 1e-5,
  featureMap: "elementwise_product",
  tieFeatureMap: false,
  normQ: false,
  normK: false,
  normalize: false,
};

const unitSum = (x: number[], divisor: number): number[] => x.map((xi) => xi / divisor);
const sum = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0);

const features: Record<
  LinearAttentionOptions["featureMap"],
  (w: Weights, at: string, x: number[]) => number[]
> = {
  elementwise_product: (w, at, x) => {
    const [a, b] = [affine(w, `${at}.layer1`, x), affine(w, `${at}.layer2`, x)];
    return a.map((ai, i) => ai * b[i]!);
  },
  hedgehog: (w, at, x) => {
    const y = affine(w, `${at}.layer`, x).map((yi) => 2 * yi);
    const powers = [...y, ...y.map((yi) => -yi)].map(Math.exp);
    return unitSum(powers, sum(powers));
  },
  t2r: (w, at, x) => affine(w, `${at}.layer`, x).map(relu),
  dpfp: (_, __, x) => {
    const r = [...x.map(relu), ...x.map((xi) => -relu(xi))];
    return [1, 2, 3, 4].flatMap((by) => r.map((ri, i) => ri * r[(i - by + r.length) % r.length]!));
  },
  elu: (_, __, x) => x.map((xi) => (xi > 0 ? xi + 1 : Math.exp(xi))),
  relu: (_, __, x) => x.map(relu),
  swish: (_, __, x) => x.map((xi) => xi / (1 + Math.exp(-xi))),
  identity: (_, __, x) => x,
};

function oracle(options: LinearAttentionOptions, w: Weights, xs: Rows): number[][] {
  const { numHeads: H, numKvHeads, headDim, valueDim: V, featureMap, tieFeatureMap } = options;
  const map = (rows: Rows, at: string, norm: boolean): number[][] =>
    rows.map((row) =>
      Array.from({ length: row.length / headDim }, (_, h) => {
        const y = features[featureMap](w, at, head([...row], h, headDim));
        return norm ? unitSum(y, sum(y) + 1e-4) : y;
      }).flat(),
    );
  const [q, k, v] = ["q", "k", "v"].map((name) => stream(w, name, xs));
  const queries = map(q!, tieFeatureMap ? "feature_map_k" : "feature_map_q", options.normQ);
  const K = xs.length ? queries[0]!.length / H : 1;
  const tensors = {
    q: flat(queries),
    k: flat(spread(map(k!, "feature_map_k", options.normK), K, H / numKvHeads)),
    v: flat(spread(v!, V, H / numKvHeads)),
    cuSeqlens: [0, xs.length],
    sizes: { H, K, V },
  };
  const { o } = options.normalize ? linearAttn({ ...tensors, normalize: true }) : linearAttn(tensors);
  return unflat(o, xs.length).map((row) =>
    times(w["o_proj.weight"]!, rms(row, V, w["norm.weight"]!, options.normEps)),
  );
}

describe("linearAttention is the recurrence over its features, document by document", () => {
  const variants: Record<string, Partial<LinearAttentionOptions>> = {
    ...Object.fromEntries(
      (Object.keys(features) as LinearAttentionOptions["featureMap"][]).map((featureMap) => [
        featureMap,
        { featureMap },
      ]),
    ),
    "hedgehog, tied": { featureMap: "hedgehog", tieFeatureMap: true },
    "elu, normalised": { featureMap: "elu", normalize: true },
    "elu, with sums of one": { featureMap: "elu", normQ: true, normK: true },
    "hedgehog, with two queries to a key, normalised": {
      featureMap: "hedgehog",
      numKvHeads: 2,
      normalize: true,
    },
  };

  it.each(Object.entries(variants))("%s", async (_, variant) => {
    const options = { ...base, ...variant };
    const layer = linearAttention(options);
    const { got, want } = await againstOracle(layer, options.hiddenSize, (w, xs) => oracle(options, w, xs));
    expect(relativeError(got, want)).toBeLessThan(1e-5);
  });
});
