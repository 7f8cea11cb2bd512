import type { Ops, Tensor } from "@webfla/ops";
import { createCpu } from "@webfla/reference";
import { adamw } from "@webfla/reference/oracle/adamw";
import { createWebGpu, type GpuTensor } from "@webfla/wgsl";
import { randomStream } from "@webfla/zoo/generate";
import { clipFactor, decays, gradientNorm, schedule } from "@webfla/zoo/train";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { forEachAdapter } from "../../src/adapters";

const settings = { lr: 0.01, beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0.1 };

/** Three steps on 300 numbers beside the formula, and one whose factor is not finite. */
async function stepsBesideOracle<T extends Tensor>(ops: Ops<T>, dtype: "f32" | "f16"): Promise<void> {
  const random = randomStream(1);
  const draw = () => Float32Array.from({ length: 300 }, () => 4 * random() - 2);
  const live = ops.memory().tensors;
  const start = ops.tensor(draw(), [3, 100], dtype);
  const gradients = [draw(), draw(), draw()];
  const numbers = (await ops.read(start)) as Float32Array;
  const want = Array.from(numbers, (x, i) =>
    adamw(
      x,
      gradients.map((g) => 0.5 * g[i]!),
      settings,
    ),
  );
  let state = { param: start, m: ops.full(0, [3, 100]), v: ops.full(0, [3, 100]) };
  const gradScale = ops.full(0.5, [1]);
  for (const [i, g] of gradients.entries()) {
    const grad = ops.tensor(g, [3, 100]);
    const next = ops.adamw({ ...state, grad, gradScale, ...settings, step: i + 1 });
    for (const x of [grad, ...Object.values(state)]) x.dispose();
    state = next;
  }
  const tolerance = { f32: 2e-6, f16: 3e-3 }[dtype];
  for (const name of ["param", "m", "v"] as const) {
    const got = await ops.read(state[name]);
    for (const [i, x] of got.entries())
      expect(Math.abs(x - want[i]![name])).toBeLessThan((name === "param" ? tolerance : 2e-6) * 4);
  }
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const factor = ops.tensor(Float32Array.of(bad), [1]);
    const grad = ops.full(bad, [3, 100]);
    const next = ops.adamw({ ...state, grad, gradScale: factor, ...settings, step: 4 });
    for (const name of ["param", "m", "v"] as const)
      expect(await ops.read(next[name])).toEqual(await ops.read(state[name]));
    for (const x of [factor, grad, ...Object.values(next)]) x.dispose();
  }
  for (const x of [gradScale, ...Object.values(state)]) x.dispose();
  expect(ops.memory().tensors).toBe(live);
}

/** Norms and factors of gradients of several shapes, long, short and not finite. */
async function clips<T extends Tensor>(ops: Ops<T>): Promise<void> {
  const shapes = [[70, 5], [3], [4, 1, 4], [2, 300]];
  for (const [value, want] of [
    [0.5, 1 / (0.5 * Math.sqrt(350 + 3 + 16 + 600) + 1e-6)],
    [1e-3, 1],
    [Number.POSITIVE_INFINITY, Number.NaN],
    [Number.NaN, Number.NaN],
    [1e30, Number.NaN],
  ] as const) {
    const gradients = new Map(shapes.map((shape, i) => [`${i}`, ops.full(value, shape)]));
    const norm = gradientNorm(ops, gradients);
    for (const most of [1, Number.POSITIVE_INFINITY]) {
      const factor = clipFactor(ops, norm, most);
      const [got] = await ops.read(factor);
      if (Number.isNaN(want)) expect(got).toBeNaN();
      else expect(got).toBeCloseTo(most === 1 ? want : 1, 6);
      factor.dispose();
    }
    if (value < 1) expect((await ops.read(norm))[0]).toBeCloseTo(value * Math.sqrt(969), 4);
    for (const x of [norm, ...gradients.values()]) x.dispose();
  }
}

describe("cpu", () => {
  it.each(["f32", "f16"] as const)("AdamW is the formula, parameters in %s", async (dtype) => {
    await stepsBesideOracle(createCpu({ poison: true }), dtype);
  });
  it("clips by the norm of all", () => clips(createCpu({ poison: true })));
});

forEachAdapter(({ storages, open }) => {
  let ops: Ops<GpuTensor>;
  beforeAll(async () => {
    ops = await createWebGpu({ adapter: await open() });
  });
  afterAll(() => ops.dispose());
  it.each(storages)("AdamW is the formula, parameters in %s", (dtype) => stepsBesideOracle(ops, dtype));
  it("clips by the norm of all", () => clips(ops));
});

it("decays matrices, not biases, norms, nor what a recurrence fades by", () => {
  const none = [
    "model.layers.0.attn.A_log",
    "model.layers.0.attn.dt_bias",
    "backbone.layers.0.mixer.D",
    "model.norm.weight",
    "backbone.norm_f.weight",
    "model.layers.1.attn_norm.weight",
    "model.layers.1.attn.g_norm.weight",
    "model.layers.1.attn.g_norm_swish_gate.weight",
    "model.layers.1.attn.gk_proj.1.bias",
  ];
  const all = [
    "model.embeddings.weight",
    "model.layers.0.attn.q_proj.weight",
    "model.layers.0.attn.q_conv1d.weight",
  ];
  expect(none.filter(decays)).toEqual([]);
  expect(all.filter((name) => !decays(name))).toEqual([]);
});

describe("schedules", () => {
  const at = (kind: "constant" | "linear" | "cosine" | "wsd", steps: readonly number[]) => {
    const rate = schedule({ kind, lr: 2, minLr: 1, warmupSteps: 4, totalSteps: 24, decaySteps: 10 });
    return steps.map((step) => Number(rate(step).toFixed(6)));
  };
  it.each([
    ["constant", [0.5, 1, 2, 2, 2, 2, 2]],
    ["linear", [0.5, 1, 2, 1.5, 1.25, 1, 1]],
    ["cosine", [0.5, 1, 2, 1.5, 1.146447, 1, 1]],
    ["wsd", [0.5, 1, 2, 2, 1.5, 1, 1]],
  ] as const)("%s", (kind, want) => {
    expect(at(kind, [0, 1, 4, 14, 19, 24, 100])).toEqual(want);
  });
  it("stay without a warm-up or an end", () => {
    const rate = schedule({ kind: "constant", lr: 3 });
    expect([0, 1, 1e6].map(rate)).toEqual([3, 3, 3]);
    expect(schedule({ kind: "linear", lr: 2, totalSteps: 4 })(3)).toBe(0.5);
  });
});
