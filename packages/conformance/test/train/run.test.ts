// Runs: batches from documents, gone on from any step, and what happens when something breaks.
import { join } from "node:path";
import { AbortedError, createOps, DeviceLostError } from "@webfla/ops";
import { type CpuTensor, createCpu } from "@webfla/reference";
import { loadModel, type Model } from "@webfla/zoo";
import { openDirectory, runFolder } from "@webfla/zoo/node";
import {
  DivergedError,
  initialModel,
  openRun,
  Run,
  type RunOptions,
  type RunStep,
  saveRun,
  Trainer,
} from "@webfla/zoo/train";
import { describe, expect, it } from "vitest";
import { config, documents, eachTest, end, settings, source, start } from "./run-tools";

const test = eachTest();

/** Every number of a trainer: parameters, moments, average. */
async function everything({ model, tensors }: Trainer<CpuTensor>): Promise<Map<string, Float32Array>> {
  const all = new Map<string, Float32Array>();
  for (const [name, x] of [...model.parameters, ...tensors])
    all.set(name, (await test.ops.read(x)) as Float32Array);
  return all;
}

async function steps(run: Run<CpuTensor>): Promise<RunStep[]> {
  const taken: RunStep[] = [];
  for await (const step of run) taken.push(step);
  return taken;
}

async function resume(step: number, options: Partial<RunOptions<CpuTensor>>) {
  const files = runFolder(test.folder).files(step);
  const [saved, directory] = [
    await openRun(files),
    await openDirectory(join(test.folder, `step-${`${step}`.padStart(8, "0")}`)),
  ];
  const model: Model<CpuTensor> = await loadModel(test.ops, directory);
  const trainer = new Trainer(model, settings);
  const from = await saved.restore(trainer);
  await directory.close();
  await files.close();
  return { trainer, run: new Run(trainer, { ...source, ...options, from }), notes: saved.notes };
}

describe.each([{ carryState: false }, { carryState: true }])("a run, %o", (options) => {
  it("that was saved and gone on from is, bit for bit, the run that never stopped", async () => {
    const whole = start(test.ops);
    const run = new Run(whole, { ...source, ...options, totalSteps: 9 });
    const want = await steps(run);
    expect(want.map((s) => s.step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(want.at(-1)!.loss).toBeLessThan(want[0]!.loss);

    const first = start(test.ops);
    const opening = new Run(first, { ...source, ...options, totalSteps: 4 });
    const before = await steps(opening);
    await saveRun(
      first,
      { ...(await opening.settle()), notes: { lr: 3e-3 } },
      runFolder(test.folder).writer(4),
    );
    const { trainer, run: further, notes } = await resume(4, { ...options, totalSteps: 9 });
    expect(notes).toEqual({ lr: 3e-3 });
    const after = await steps(further);
    const numbers = (all: readonly RunStep[]) =>
      all.map(({ step, loss, gradNorm, lr, tokens, epoch }) => ({ step, loss, gradNorm, lr, tokens, epoch }));
    expect(numbers([...before, ...after])).toEqual(numbers(want));
    expect(await everything(trainer)).toEqual(await everything(whole));
    end(whole, run);
    end(first, opening);
    end(trainer, further);
  });
});

it("pauses where it is asked to, so that what is saved is of that very step", async () => {
  const trainer = start(test.ops);
  const run = new Run(trainer, { ...source, totalSteps: 6, pauseAfter: (step) => step % 3 === 0 });
  const ahead: number[] = [];
  for await (const { step } of run) ahead.push(trainer.counters.steps - step);
  expect(ahead).toEqual([1, 1, 0, 1, 1, 0]);
  end(trainer, run);
});

it("a document that is carried on across batches learns from what lies before the cut", async () => {
  const losses: number[] = [];
  for (const carryState of [false, true]) {
    const trainer = start(test.ops);
    const run = new Run(trainer, { source: [documents[2]!], tokenBudget: 20, totalSteps: 2, carryState });
    losses.push(...(await steps(run)).map((s) => s.loss));
    end(trainer, run);
  }
  expect(losses[0]).toBe(losses[2]);
  expect(losses[1]).not.toBe(losses[3]);
});

it("says how full its batches were, and counts what it read", async () => {
  const trainer = start(test.ops);
  const run = new Run(trainer, { source: documents, tokenBudget: 24, epochs: 1, batchesPerStep: 2 });
  const taken = await steps(run);
  expect(taken.reduce((sum, s) => sum + s.targets, 0)).toBe(
    documents.reduce((sum, d) => sum + d.length - 1, 0),
  );
  expect(taken[0]).toMatchObject({ tokens: 48, fillRatio: 1, skipped: false });
  for (const { waiting, tokensPerSecond } of taken) {
    expect(waiting).toBeGreaterThanOrEqual(0);
    expect(waiting).toBeLessThan(1);
    expect(tokensPerSecond).toBeGreaterThan(0);
  }
  end(trainer, run);
});

it("lengths that change every step leave no tensor behind and no memory growing", async () => {
  async function* stream() {
    for (let d = 0; ; d++) yield Int32Array.from({ length: 2 + ((d * 13) % 29) }, (_, t) => (d + t) % 64);
  }
  const trainer = start(test.ops);
  const run = new Run(trainer, { source: stream(), tokenBudget: 32, totalSteps: 12 });
  const alive = new Set<number>();
  for await (const { step } of run) {
    await run.settle();
    if (step > 1) alive.add(test.ops.memory().tensors);
  }
  expect(alive.size).toBe(1);
  end(trainer, run);
});

it("stops where the loss is no number, with the parameters of the last good step", async () => {
  const trainer = start(test.ops);
  const name = "model.norm.weight";
  const run = new Run(trainer, { ...source, totalSteps: 5 });
  const taken: number[] = [];
  await expect(async () => {
    for await (const { step } of run) {
      taken.push(step);
      if (step === 2) {
        await run.settle();
        trainer.model.parameters.get(name)!.dispose();
        trainer.model.parameters.set(name, test.ops.full(Number.NaN, [32]));
      }
    }
  }).rejects.toThrow(DivergedError);
  expect(taken).toEqual([1, 2, 3]);
  end(trainer, run);
});

it("ends with the device's own error where that is lost, and goes on elsewhere from what was saved", async () => {
  let lost = false;
  const { backend } = createCpu();
  const read: typeof backend.read = async (x) => {
    if (lost) throw new DeviceLostError("webgpu: the device must stay, got a loss (reset). Open another.");
    return backend.read(x);
  };
  const device = createOps({ ...backend, read });
  const trainer = new Trainer(initialModel(device, config, { seed: 1 }), settings);
  const run = new Run(trainer, { ...source, totalSteps: 6 });
  const taken: number[] = [];
  const running = (async () => {
    for await (const { step } of run) {
      taken.push(step);
      if (step === 1) await saveRun(trainer, await run.settle(), runFolder(test.folder).writer(2));
      lost = step === 2;
    }
  })();
  await expect(running).rejects.toThrow(DeviceLostError);
  end(trainer, run);
  expect(device.memory().tensors).toBe(0);
  device.dispose();
  const { trainer: other, run: further } = await resume(2, { totalSteps: 6 });
  expect((await steps(further)).map((s) => s.step)).toEqual([3, 4, 5, 6]);
  end(other, further);
});

it("ends at an abort", async () => {
  const trainer = start(test.ops);
  const abort = new AbortController();
  const run = new Run(trainer, { ...source, signal: abort.signal });
  const running = (async () => {
    for await (const { step } of run) if (step === 2) abort.abort("enough");
  })();
  await expect(running).rejects.toThrow(AbortedError);
  end(trainer, run);
});
