import { type GatedDeltaNetOptions, gatedDeltaNet } from "@webfla/zoo/gated-deltanet";
import { describe, expect, it } from "vitest";
import { relativeError } from "./checkpoints";
import { againstOracle, head, times } from "./random-layer";

type Weights = Readonly<Record<string, Float32Array>>;

const base: GatedDeltaNetOptions = {
  hiddenSize: 12,
  headDim: 4,
  numHeads: 2,
  numValueHeads: 2,
  valueDim: 4,
  useGate: true,
  convSize: 4,
  allowNegEigval: false,
  normEps: 1e-5,
};

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const silu = (x: number): number => x * sigmoid(x);

/** The layer of the paper over one document, a token and a head at a time, in f64. */
function oracle(options: GatedDeltaNetOptions, w: Weights, xs: readonly number[][]): number[][] {
  const { headDim: K, numHeads: H, numValueHeads: HV, valueDim: V, convSize: W } = options;
  const stream = (name: string): number[][] => {
    const ys = xs.map((x) => times(w[`${name}_proj.weight`]!, x));
    const filter = w[`${name}_conv1d.weight`];
    if (!filter) return ys.map((y) => y.map(silu));
    const at = (t: number, d: number): number =>
      Array.from({ length: W }, (_, i) => filter[d * W + i]! * (ys[t - W + 1 + i]?.[d] ?? 0)).reduce(
        (a, b) => a + b,
      );
    return ys.map((y, t) => y.map((_, d) => silu(at(t, d))));
  };
  const unit = (x: number[]): number[] => {
    const length = Math.sqrt(x.reduce((sum, xi) => sum + xi * xi, 1e-6));
    return x.map((xi) => xi / length);
  };
  const [q, k, v] = [stream("q"), stream("k"), stream("v")];
  const states = Array.from({ length: HV }, () =>
    Array.from({ length: K }, () => new Array<number>(V).fill(0)),
  );
  return xs.map((x, t) => {
    const [a, b] = [times(w["a_proj.weight"]!, x), times(w["b_proj.weight"]!, x)];
    const gate = w["g_proj.weight"] && times(w["g_proj.weight"], x);
    const outputs = states.flatMap((S, h) => {
      const shared = Math.floor(h / (HV / H));
      const [qt, kt, vt] = [unit(head(q[t]!, shared, K)), unit(head(k[t]!, shared, K)), head(v[t]!, h, V)];
      const decay = Math.exp(-Math.exp(w["A_log"]![h]!) * Math.log1p(Math.exp(a[h]! + w["dt_bias"]![h]!)));
      const beta = sigmoid(b[h]!) * (options.allowNegEigval ? 2 : 1);
      for (const row of S) for (const j of row.keys()) row[j]! *= decay;
      const remembered = vt.map((_, j) => kt.reduce((sum, ki, i) => sum + ki * S[i]![j]!, 0));
      for (const [i, row] of S.entries())
        for (const j of row.keys()) row[j]! += kt[i]! * beta * (vt[j]! - remembered[j]!);
      const o = vt.map((_, j) => qt.reduce((sum, qi, i) => sum + qi * K ** -0.5 * S[i]![j]!, 0));
      const size = Math.sqrt(o.reduce((sum, oj) => sum + oj * oj, 0) / V + options.normEps);
      return o.map((oj, j) => (oj / size) * w["o_norm.weight"]![j]! * (gate ? silu(gate[h * V + j]!) : 1));
    });
    return times(w["o_proj.weight"]!, outputs);
  });
}

describe("gatedDeltaNet is the layer of the paper, document by document", () => {
  const variants: Record<string, Partial<GatedDeltaNetOptions>> = {
    "as trained": {},
    "without an output gate": { useGate: false },
    "without short convolutions": { convSize: 0 },
    "with filters of two": { convSize: 2 },
    "with negative eigenvalues": { allowNegEigval: true },
    "with wider values": { valueDim: 6 },
    "with more value heads than key heads": { numValueHeads: 6, valueDim: 3 },
  };

  it.each(Object.entries(variants))("%s", async (_, variant) => {
    const options = { ...base, ...variant };
    const layer = gatedDeltaNet(options);
    const { got, want } = await againstOracle(layer, options.hiddenSize, (weights, xs) =>
      oracle(options, weights, xs),
    );
    expect(relativeError(got, want)).toBeLessThan(1e-5);
  });
});
