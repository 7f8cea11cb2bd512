import { describe, expect, it } from "vitest";
import * as oracle from "./index";
import { relativeError, rowOf } from "./testing/rows";

const wave = (length: number, phase = 0) =>
  Float64Array.from({ length }, (_, i) => Math.sin(1.7 * i + phase));
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const tiny = 1e-14;

describe("oracles where FLA's files end", () => {
  it("hgrn2 is gla with the key 1 - exp(g)", () => {
    const shared = {
      q: wave(30),
      v: wave(40, 1),
      g: wave(30, 2),
      cuSeqlens: [0, 2, 5],
      sizes: { H: 2, K: 3, V: 4 },
    };
    const k = shared.g.map((g) => 1 - Math.exp(g));
    expect(oracle.hgrn2(shared)).toEqual(oracle.gla({ ...shared, k }));
  });

  it("layerNorm leaves mean 0 and variance 1, then scales and shifts", () => {
    const sizes = { D: 8 };
    const x = wave(24).map((v) => 100 * v + 7);
    const { o } = oracle.layerNorm({ x, sizes, eps: 0 });
    for (let start = 0; start < 24; start += 8) {
      const part = o.subarray(start, start + 8);
      expect(Math.abs(part.reduce((a, b) => a + b) / 8)).toBeLessThan(tiny);
      expect(part.reduce((a, b) => a + b * b, 0) / 8).toBeCloseTo(1, 12);
    }
    const [weight, bias] = [wave(8, 1), wave(8, 2)];
    const scaled = o.map((y, i) => y * weight[i % 8]! + bias[i % 8]!);
    expect(relativeError(oracle.layerNorm({ x, weight, bias, sizes, eps: 0 }).o, scaled)).toBeLessThan(tiny);
  });

  it("layerNorm keeps eps inside the root", () => {
    expect(oracle.layerNorm({ x: Float64Array.of(1, -1), sizes: { D: 2 }, eps: 3 }).o).toEqual(
      Float64Array.of(0.5, -0.5),
    );
  });

  it("groupNorm norms each group as layerNorm or rmsNorm norms a row of its width", () => {
    const [x, weight, bias] = [wave(24), wave(12, 1), wave(12, 2)];
    const affine = (o: Float64Array) => o.map((y, i) => y * weight[i % 12]! + bias[i % 12]!);
    const grouped = { x, weight, bias, numGroups: 3, sizes: { D: 12 } };
    const each = { x, sizes: { D: 4 } };
    expect(relativeError(oracle.groupNorm(grouped).o, affine(oracle.layerNorm(each).o))).toBeLessThan(tiny);
    const rms = oracle.groupNorm({ ...grouped, isRmsNorm: true }).o;
    expect(relativeError(rms, affine(oracle.rmsNorm(each).o))).toBeLessThan(tiny);
  });

  it("rmsNormGated with a sigmoid gate is rmsNorm times the open gate", () => {
    const [x, g, weight, sizes] = [wave(24), wave(24, 1), wave(8, 2), { D: 8 }];
    const { o } = oracle.rmsNormGated({ x, g, weight, sizes, activation: "sigmoid" });
    const expected = oracle.rmsNorm({ x, weight, sizes }).o.map((y, i) => y * sigmoid(g[i]!));
    expect(relativeError(o, expected)).toBeLessThan(tiny);
  });

  it("shortConv without activation and bias weighs the last W tokens of its own sequence", () => {
    const x = Float64Array.of(1, 10, 100, 1000);
    const weight = Float64Array.of(2, 3, 5);
    const { o, finalState } = oracle.shortConv({ x, weight, cuSeqlens: [0, 1, 4], sizes: { D: 1, W: 3 } });
    expect([...o]).toEqual([5, 50, 530, 5320]);
    expect([...finalState]).toEqual([0, 0, 1, 10, 100, 1000]);
  });

  it("crossEntropy smooths over the mean loss of all tokens, and ignores what it is told to", () => {
    const [logits, sizes] = [wave(10), { V: 5 }];
    const loss = (id: number) => oracle.crossEntropy({ logits, target: [id, -1], ignoreIndex: -1, sizes }).o;
    const mean = [0, 1, 2, 3, 4].reduce((sum, id) => sum + loss(id)[0]! / 5, 0);
    const { o } = oracle.crossEntropy({ logits, target: [2, -100], labelSmoothing: 0.1, sizes });
    expect(o[0]).toBeCloseTo(0.9 * loss(2)[0]! + 0.1 * mean, 14);
    expect([o[1], loss(2)[1]]).toEqual([0, 0]);
  });

  it("rotary counts positions on from seqlenOffsets", () => {
    const { golden, args } = rowOf("rotary");
    const [cos, sin, x] = ["cos", "sin", "x"].map((name) => golden.tensors[name]!.data) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const sizes = args["sizes"] as { H: number; K: number };
    const width = sizes.H * sizes.K;
    const { o } = oracle.rotary({ x: x.slice(0, 10 * width), cos, sin, cuSeqlens: [0, 10], sizes });
    const rest = oracle.rotary({
      x: x.slice(4 * width, 10 * width),
      cos,
      sin,
      seqlenOffsets: [4],
      cuSeqlens: [0, 6],
      sizes,
    });
    expect(rest.o).toEqual(o.slice(4 * width));
  });

  it("starts from the state given and says when its length is wrong", () => {
    const { golden, args } = rowOf("simple_gla");
    const initialState = golden.tensors["initial_state"]!.data.slice(1);
    expect(() => rowOf("simple_gla").run({ ...args, initialState })).toThrow(
      "initialState must hold 2048 numbers, got 2047",
    );
  });
});

describe("value heads that share a key head", () => {
  const T = 5;
  const [H, HV, K, V] = [2, 4, 3, 2];
  const cuSeqlens = [0, 2, 2, T];
  const gate = (x: Float64Array) => x.map((g) => -Math.abs(g));
  const key = (phase: number) => wave(T * H * K, phase);
  const value = (width: number, phase: number) => wave(T * HV * width, phase);
  const twice = (x: Float64Array, width: number) =>
    Float64Array.from(
      { length: 2 * x.length },
      (_, i) => x[Math.floor(i / (2 * width)) * width + (i % width)]!,
    );

  const perKey = { q: key(0), k: key(1), a: key(2), b: key(3), p: key(4), r: key(5) };
  const vector = { gk: gate(value(K, 6)), gv: gate(value(V, 7)), u: wave(HV * K, 8) };
  const common = { v: value(V, 9), beta: value(1, 10).map(sigmoid), w: gate(value(K, 11)), ...vector };
  const perKeyScalars = { gAtk: gate(wave(T * H, 12)), betaAtk: wave(T * H, 13).map(sigmoid) };
  const scalarGate = { g: gate(value(1, 14)) };
  const vectorGate = { g: gate(value(K, 15)) };

  const repeated = Object.fromEntries(
    Object.entries(perKey).map(([name, x]) => [name, twice(x, K)]),
  ) as typeof perKey;
  const grouped = { ...perKey, ...perKeyScalars, ...common, cuSeqlens, sizes: { H, HV, K, V } };
  const spread = {
    ...repeated,
    gAtk: twice(perKeyScalars.gAtk, 1),
    betaAtk: twice(perKeyScalars.betaAtk, 1),
    ...common,
    cuSeqlens,
    sizes: { H: HV, K, V },
  };

  it.each([
    ["linearAttn", oracle.linearAttn, {}],
    ["retention", oracle.retention, {}],
    ["lightningAttn", oracle.lightningAttn, { layerIdx: 1, numLayers: 4 }],
    ["simpleGla", oracle.simpleGla, scalarGate],
    ["gla", oracle.gla, vectorGate],
    ["rwkv6", oracle.rwkv6, {}],
    ["deltaRule", oracle.deltaRule, {}],
    ["gatedDeltaRule", oracle.gatedDeltaRule, scalarGate],
    ["gatedDeltaProduct", oracle.gatedDeltaProduct, { ...scalarGate, numHouseholder: 1 }],
    ["kda", oracle.kda, vectorGate],
    ["gdn2", oracle.gdn2, { ...vectorGate, b: value(K, 16), w: value(V, 17) }],
    ["precondGatedDeltaRule", oracle.precondGatedDeltaRule, scalarGate],
    ["precondKda", oracle.precondKda, vectorGate],
    ["gatedOjaRule", oracle.gatedOjaRule, {}],
    ["comba", oracle.comba, scalarGate],
    ["dplrDeltaRule", oracle.dplrDeltaRule, {}],
    ["iplrDeltaRule", oracle.iplrDeltaRule, {}],
    ["rwkv7", oracle.rwkv7, {}],
  ] as [string, (args: object) => { o: Float64Array; finalState: Float64Array }, object][])(
    "%s reads it as if each had its own copy",
    (_, run, extra) => {
      const [one, two] = [run({ ...grouped, ...extra }), run({ ...spread, ...extra })];
      expect(one.o).toEqual(two.o);
      expect(one.finalState).toEqual(two.finalState);
      expect(one.o.every(Number.isFinite)).toBe(true);
    },
  );
});
