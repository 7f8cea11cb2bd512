import { createCpu } from "@webfla/reference";
import { createWebGpu } from "@webfla/wgsl";
import { randomStream } from "@webfla/zoo/generate";
import { initialModel, schedule, Trainer, type TrainerOptions } from "@webfla/zoo/train";
import { describe, expect, it } from "vitest";
import { forEachAdapter } from "../../src/adapters";
import { tinyConfigs } from "../../src/zoo";
import { apart, batchOf, documents, readAll } from "./tools";

const config = tinyConfigs["gated_deltanet"]!;
const constant = schedule({ kind: "constant", lr: 0.01 });

/** Documents of counting: every token is the one before plus the document's own step. */
function counting(step: number): ReturnType<typeof batchOf> {
  const random = randomStream(step);
  return batchOf(
    [20, 3, 11].map((length) => {
      const [from, by] = [Math.floor(64 * random()), 1 + Math.floor(2 * random())];
      return Int32Array.from({ length }, (_, t) => (from + by * t) % 64);
    }),
  );
}

const kinds: readonly (readonly [string, Partial<TrainerOptions>])[] = [
  ["AdamW", {}],
  ["AdamW, recomputed", { recompute: true }],
  ["Muon", { kind: "muon" }],
];

it.each(kinds)("%s: the loss falls, and memory returns to its start", async (_, options) => {
  const ops = createCpu({ poison: true });
  const model = initialModel(ops, config, { seed: 1 });
  const trainer = new Trainer(model, { schedule: constant, ...options });
  const losses: number[] = [];
  let tensors = 0;
  for (let step = 0; step < 30; step++) {
    const { loss, gradNorm, skipped } = await trainer.step([counting(step), counting(1000 + step)]).read();
    expect(gradNorm).toBeGreaterThan(0);
    expect(skipped).toBe(false);
    losses.push(loss);
    if (step === 0) tensors = ops.memory().tensors;
    expect(ops.memory().tensors).toBe(tensors);
  }
  expect(losses[0]).toBeCloseTo(Math.log(64), 1);
  expect(losses.at(-1)).toBeLessThan(0.6 * losses[0]!);
  trainer.dispose();
  model.dispose();
  expect(ops.memory().tensors).toBe(0);
});

it("goes on from its tensors and counters bit by bit", async () => {
  const ops = createCpu();
  const options: TrainerOptions = { schedule: constant, averageDecay: 0.9 };
  const train = async (steps: number, cut: number) => {
    const model = initialModel(ops, config, { seed: 2 });
    let trainer = new Trainer(model, options);
    for (let step = 0; step < steps; step++) {
      if (step === cut) {
        const saved = await readAll(ops, trainer.tensors);
        const { counters } = trainer;
        trainer.dispose();
        trainer = new Trainer(model, options);
        const shape = (name: string) => model.parameters.get(name.replace(/^[a-z_]+\./, ""))!.shape;
        trainer.restore(counters, new Map([...saved].map(([name, x]) => [name, ops.tensor(x, shape(name))])));
      }
      await trainer.step([counting(step)]).read();
    }
    return new Map([...(await readAll(ops, model.parameters)), ...(await readAll(ops, trainer.tensors))]);
  };
  const [whole, cut] = [await train(6, -1), await train(6, 3)];
  expect([...whole.keys()].some((name) => name.startsWith("average."))).toBe(true);
  expect(cut).toEqual(whole);
});

it("averages parameters", async () => {
  const ops = createCpu();
  const model = initialModel(ops, config, { seed: 3 });
  const trainer = new Trainer(model, { schedule: constant, averageDecay: 0.75 });
  const name = "lm_head.weight";
  const before = (await ops.read(model.weights(name))) as Float32Array;
  await trainer.step([counting(0)]).read();
  const after = await ops.read(model.weights(name));
  const want = before.map((x, i) => 0.75 * x + 0.25 * after[i]!);
  const average = (await ops.read(trainer.average!.weights(name))) as Float32Array;
  expect(apart(new Map([[name, average]]), new Map([[name, want]]))).toBeLessThan(1e-6);
});

describe("f16", () => {
  it("learns in f32 masters what f16 would round away", async () => {
    const ops = createCpu();
    const model = initialModel(ops, config, { seed: 4, dtype: "f16" });
    const name = "model.layers.0.mlp.up_proj.weight";
    const trainer = new Trainer(model, {
      schedule: () => 1e-6,
      lossScale: { initial: 1024 },
      weightDecay: 0,
    });
    const before = (await ops.read(model.weights(name))) as Float32Array;
    for (let step = 0; step < 3; step++) await trainer.step([counting(step)]).read();
    const master = (await ops.read(trainer.tensors.get(`master.${name}`)!)) as Float32Array;
    const moved = master.reduce((sum, x, i) => sum + Math.abs(x - before[i]!), 0) / master.length;
    expect(moved).toBeGreaterThan(1e-6);
    expect(model.weights(name).dtype).toBe("f16");
    trainer.dispose();
    model.dispose();
    expect(ops.memory().tensors).toBe(0);
  });

  it("skips a step whose gradient overflows, and scales the loss down", async () => {
    const ops = createCpu();
    const model = initialModel(ops, config, { seed: 5 });
    const trainer = new Trainer(model, {
      schedule: constant,
      lossScale: { initial: 2 ** 127, growthInterval: 2 },
    });
    const before = await readAll(ops, model.parameters);
    let { skipped, gradNorm } = await trainer.step([counting(0)]).read();
    expect(skipped).toBe(true);
    expect(gradNorm).not.toBeLessThan(Number.POSITIVE_INFINITY);
    expect(await readAll(ops, model.parameters)).toEqual(before);
    expect(trainer.counters).toEqual({ steps: 1, updates: 0, lossScale: 2 ** 126, cleanSteps: 0 });
    while (skipped) ({ skipped, gradNorm } = await trainer.step([counting(0)]).read());
    const scale = trainer.counters.lossScale;
    await trainer.step([counting(1)]).read();
    expect(trainer.counters.lossScale).toBe(2 * scale);
    expect(await readAll(ops, model.parameters)).not.toEqual(before);
    expect(() => new Trainer(model, { schedule: constant, kind: "muon", lossScale: {} })).toThrow("muon");
  });
});

it("refuses tensors of another model", () => {
  const ops = createCpu();
  const trainer = new Trainer(initialModel(ops, config, { seed: 6 }), { schedule: constant });
  const { counters } = trainer;
  const restore = (name: string, shape: number[]) => () =>
    trainer.restore(counters, new Map([[name, ops.full(0, shape)]]));
  expect(restore("exp_avg.model.norm.weight", [31])).toThrow("a parameter's shape [32], got f32 [31]");
  expect(restore("exp_avg.nothing", [32])).toThrow("exp_avg.nothing");
  expect(restore("other.model.norm.weight", [32])).toThrow("other.model.norm.weight");
});

forEachAdapter(({ storages, open }) => {
  it.each(storages)("trains as the CPU does, parameters in %s", async (dtype) => {
    const gpu = await createWebGpu({ adapter: await open() });
    const cpu = createCpu();
    const options: TrainerOptions = { schedule: constant, recompute: true };
    const init = { seed: 7, dtype };
    const models = { gpu: initialModel(gpu, config, init), cpu: initialModel(cpu, config, init) };
    const trainers = { gpu: new Trainer(models.gpu, options), cpu: new Trainer(models.cpu, options) };
    for (let step = 0; step < 3; step++) {
      const batch = batchOf(documents([9, 0, 1, 14], step));
      const want = await trainers.cpu.step([batch]).read();
      const got = await trainers.gpu.step([batch]).read();
      expect(got.loss).toBeCloseTo(want.loss, { f32: 4, f16: 2 }[dtype]);
      expect(got.gradNorm / want.gradNorm).toBeCloseTo(1, { f32: 3, f16: 2 }[dtype]);
    }
    const [got, want] = [
      await readAll(gpu, models.gpu.parameters),
      await readAll(cpu, models.cpu.parameters),
    ];
    expect(apart(got, want)).toBeLessThan(0.02);
    trainers.gpu.dispose();
    models.gpu.dispose();
    expect(gpu.memory().tensors).toBe(0);
    gpu.dispose();
  });
});
