import { createCpu } from "@webfla/reference";
import { hgrn } from "@webfla/reference/oracle/hgrn";
import { readConfig } from "@webfla/zoo";
import { type HgrnAttentionOptions, hgrnAttention } from "@webfla/zoo/hgrn";
import { describe, expect, it } from "vitest";
import { relativeError } from "./checkpoints";
import { bounds, shareBounds } from "./forget-bounds";
import {
  each,
  flat,
  logSigmoid,
  type Rows,
  rms,
  sigmoid,
  silu,
  stream,
  unflat,
  type Weights,
} from "./layer-maths";
import { againstOracle, times } from "./random-layer";

const base: HgrnAttentionOptions = { hiddenSize: 6, inputDim: 6, convSize: 0, normEps: 1e-5 };

function oracle(options: HgrnAttentionOptions, w: Weights, xs: Rows): number[][] {
  const { inputDim: D, lowerBound, normEps } = options;
  const f = stream(w, "f", xs);
  const log = f.map((row) =>
    row.map((x, d) => (lowerBound ? Math.log(bounds[d]! + (1 - bounds[d]!) * sigmoid(x)) : logSigmoid(x))),
  );
  const i = stream(w, "i", xs, silu);
  const x = i.map((row, t) => row.map((y, d) => y * -Math.expm1(log[t]![d]!)));
  const { o } = hgrn({ x: flat(x), g: flat(log), cuSeqlens: [0, xs.length], sizes: { D } });
  return unflat(o, xs.length).map((row, t) => {
    const gate = each([times(w["g_proj.weight"]!, xs[t]!)], silu)[0]!;
    return times(
      w["o_proj.weight"]!,
      rms(row, D, w["g_norm.weight"]!, normEps).map((y, d) => y * gate[d]!),
    );
  });
}

describe("hgrnAttention is the layer of the paper, document by document", () => {
  const variants: Record<string, Partial<HgrnAttentionOptions>> = {
    "as trained, without bounds": {},
    "above a lower bound": { lowerBound: 1 },
    "with short convolutions": { convSize: 4 },
    "with wider channels": { inputDim: 10 },
  };

  it.each(Object.entries(variants))("%s", async (_, variant) => {
    const options = { ...base, ...variant };
    const layer = shareBounds(hgrnAttention(options));
    const { got, want } = await againstOracle(layer, options.hiddenSize, (w, xs) => oracle(options, w, xs));
    expect(relativeError(got, want)).toBeLessThan(1e-5);
  });
});

describe("lower bounds", () => {
  const config = { model_type: "hgrn", hidden_size: 3, num_hidden_layers: 4, intermediate_size: 8 };
  const logits = Float32Array.of(0, 0, 120, 0, 1, -1, 0, 2, 0.5, 0, -120, -1);

  it("are running sums of a softmax over layers, above the first, and finite where it underflows", async () => {
    const ops = createCpu();
    const { prelude } = readConfig(config);
    expect(prelude!.parameters).toEqual({ "model.lower_bounds": [4, 3] });
    const shared = prelude!.forward(ops, () => ops.tensor(logits, [4, 3]));
    expect(Object.keys(shared)).toHaveLength(6);
    for (let layer = 1; layer < 4; layer++) {
      const [log, logit] = await Promise.all(
        ["log", "logit"].map((kind) => ops.read(shared[`lowerBound.${layer}.${kind}`]!)),
      );
      for (let d = 0; d < 3; d++) {
        const powers = [0, 1, 2, 3].map((j) => Math.exp(logits[j * 3 + d]! - 120));
        const total = powers.reduce((a, b) => a + b);
        const below = powers.slice(1, layer + 1).reduce((a, b) => a + b) / total;
        if (below > 1e-30) {
          expect(log![d]).toBeCloseTo(Math.log(below), 4);
          expect(logit![d]).toBeCloseTo(Math.log(below) - Math.log(1 - below), 4);
        }
        expect(Number.isFinite(logit![d])).toBe(true);
      }
    }
  });

  it("are none of a model that has one layer, or does without", () => {
    const ops = createCpu();
    const alone = readConfig({ ...config, num_hidden_layers: 1 }).prelude!;
    expect(alone.forward(ops, () => ops.tensor(logits.subarray(0, 3), [1, 3]))).toEqual({});
    expect(readConfig({ ...config, use_lower_bound: false }).prelude).toBeUndefined();
  });
});
