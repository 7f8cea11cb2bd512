import { comba as rule } from "@webfla/reference/oracle";
import { type CombaOptions, comba } from "@webfla/zoo/comba";
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
  sizesOf,
  stream,
  unit,
  type Weights,
} from "./delta-oracle";
import { againstOracle } from "./random-layer";

const base: CombaOptions = {
  ...common,
  useInnerDecay: true,
  useOutputCorrection: true,
  useOutputGate: true,
};

function oracle(options: CombaOptions, w: Weights, xs: readonly number[][]): number[][] {
  const { headDim: K, useInnerDecay, useOutputCorrection, useOutputGate } = options;
  const head = (c: number) => Math.floor(c / K);
  const k = stream(w, "k", xs);
  const p = map(k, (x, c) => (useInnerDecay ? x * sigmoid(w["decay"]![head(c)]!) : x));
  const q = stream(w, "q", xs).map((row, t) =>
    row.map((x, c) => (useOutputCorrection ? x - w["D"]![head(c)]! * p[t]![c]! : x)),
  );
  const { o } = rule({
    q: flat(unit(q, K)),
    k: flat(unit(k, K)),
    p: flat(unit(p, K)),
    v: flat(stream(w, "v", xs)),
    g: flat(decay(project(w["a_proj.weight"]!, xs), { rate: w["A_log"]!, bias: w["dt_bias"]! })),
    beta: flat(map(project(w["b_proj.weight"]!, xs), sigmoid)),
    cuSeqlens: [0, xs.length],
    sizes: sizesOf(options),
  });
  return output(w, o, options, useOutputGate ? map(project(w["g_proj.weight"]!, xs), sigmoid) : undefined);
}

describe("comba is the layer of the paper, document by document", () => {
  const variants: Record<string, Partial<CombaOptions>> = {
    "as trained": {},
    "without an inner decay": { useInnerDecay: false },
    "without a correction of the query": { useOutputCorrection: false },
    "without an output gate": { useOutputGate: false },
    "without short convolutions": { convSize: 0 },
    "with wider values": { valueDim: 6 },
    "with more value heads than key heads": grouped,
  };
  it.each(Object.entries(variants))("%s", async (_, variant) => {
    const options = { ...base, ...variant };
    const layer = comba(options);
    const { got, want } = await againstOracle(layer, options.hiddenSize, (w, xs) => oracle(options, w, xs));
    expect(relativeError(got, want)).toBeLessThan(1e-5);
  });
});
