// Runs: batches from documents, saved at any step, gone on from, and what happens when something breaks.
import { spawn } from "node:child_process";
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AbortedError, createOps, DeviceLostError, type Ops } from "@webfla/ops";
import { type CpuTensor, createCpu } from "@webfla/reference";
import { CheckpointError, loadModel, type Model } from "@webfla/zoo";
import { openDirectory, runFolder } from "@webfla/zoo/node";
import {
  DivergedError,
  initialModel,
  openRun,
  Run,
  type RunOptions,
  type RunStep,
  saveRun,
  schedule,
  Trainer,
  type TrainerOptions,
} from "@webfla/zoo/train";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tinyConfigs } from "../../src/zoo";

const config = tinyConfigs["gated_deltanet"]!;
const documents = [30, 7, 55, 2, 19].map((length, d) =>
  Int32Array.from({ length }, (_, t) => (7 * d + t * (d + 2)) % 64),
);
const settings: TrainerOptions = { schedule: schedule({ kind: "constant", lr: 3e-3 }), averageDecay: 0.9 };
const source: RunOptions<CpuTensor> = { source: documents, tokenBudget: 24, seed: 3 };

let ops: Ops<CpuTensor>;
let folder: string;
beforeEach(async () => {
  ops = createCpu({ poison: true });
  folder = await mkdtemp(join(tmpdir(), "webfla-run-"));
});
afterEach(async () => {
  expect(ops.memory().tensors).toBe(0);
  ops.dispose();
  await rm(folder, { recursive: true });
});

const start = (): Trainer<CpuTensor> => new Trainer(initialModel(ops, config, { seed: 1 }), settings);

function end(trainer: Trainer<CpuTensor>, ...runs: readonly Run<CpuTensor>[]): void {
  for (const run of runs) run.dispose();
  trainer.dispose();
  trainer.model.dispose();
}

/** Every number of a trainer: parameters, moments, average. */
async function everything({ model, tensors }: Trainer<CpuTensor>): Promise<Map<string, Float32Array>> {
  const all = new Map<string, Float32Array>();
  for (const [name, x] of [...model.parameters, ...tensors])
    all.set(name, (await ops.read(x)) as Float32Array);
  return all;
}

async function steps(run: Run<CpuTensor>): Promise<RunStep[]> {
  const taken: RunStep[] = [];
  for await (const step of run) taken.push(step);
  return taken;
}

async function resume(step: number, options: Partial<RunOptions<CpuTensor>>) {
  const files = runFolder(folder).files(step);
  const [saved, directory] = [
    await openRun(files),
    await openDirectory(join(folder, `step-${`${step}`.padStart(8, "0")}`)),
  ];
  const model: Model<CpuTensor> = await loadModel(ops, directory);
  const trainer = new Trainer(model, settings);
  const from = await saved.restore(trainer);
  await directory.close();
  await files.close();
  return { trainer, run: new Run(trainer, { ...source, ...options, from }), notes: saved.notes };
}

describe.each([{ carryState: false }, { carryState: true }])("a run, %o", (options) => {
  it("that was saved and gone on from is, bit for bit, the run that never stopped", async () => {
    const whole = start();
    const run = new Run(whole, { ...source, ...options, totalSteps: 9 });
    const want = await steps(run);
    expect(want.map((s) => s.step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(want.at(-1)!.loss).toBeLessThan(want[0]!.loss);

    const first = start();
    const opening = new Run(first, { ...source, ...options, totalSteps: 4 });
    const before = await steps(opening);
    await saveRun(first, { ...(await opening.settle()), notes: { lr: 3e-3 } }, runFolder(folder).writer(4));
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

it("a document that is carried on across batches learns from what lies before the cut", async () => {
  const losses: number[] = [];
  for (const carryState of [false, true]) {
    const trainer = start();
    const run = new Run(trainer, { source: [documents[2]!], tokenBudget: 20, totalSteps: 2, carryState });
    losses.push(...(await steps(run)).map((s) => s.loss));
    end(trainer, run);
  }
  expect(losses[0]).toBe(losses[2]);
  expect(losses[1]).not.toBe(losses[3]);
});

it("says how full its batches were, and counts what it read", async () => {
  const trainer = start();
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
  const trainer = start();
  const run = new Run(trainer, { source: stream(), tokenBudget: 32, totalSteps: 12 });
  const alive = new Set<number>();
  for await (const { step } of run) {
    await run.settle();
    if (step > 1) alive.add(ops.memory().tensors);
  }
  expect(alive.size).toBe(1);
  end(trainer, run);
});

it("stops where the loss is no number, with the parameters of the last good step", async () => {
  const trainer = start();
  const name = "model.norm.weight";
  const run = new Run(trainer, { ...source, totalSteps: 5 });
  const taken: number[] = [];
  await expect(async () => {
    for await (const { step } of run) {
      taken.push(step);
      if (step === 2) {
        await run.settle();
        trainer.model.parameters.get(name)!.dispose();
        trainer.model.parameters.set(name, ops.full(Number.NaN, [32]));
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
      if (step === 1) await saveRun(trainer, await run.settle(), runFolder(folder).writer(2));
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
  const trainer = start();
  const abort = new AbortController();
  const run = new Run(trainer, { ...source, signal: abort.signal });
  const running = (async () => {
    for await (const { step } of run) if (step === 2) abort.abort("enough");
  })();
  await expect(running).rejects.toThrow(AbortedError);
  end(trainer, run);
});

describe("what was saved", () => {
  /** A run saved at steps 2 and 3: a step is under way when the one before it is told. */
  async function saved(): Promise<void> {
    const trainer = start();
    const run = new Run(trainer, { ...source, totalSteps: 3 });
    for await (const _ of run)
      await saveRun(trainer, await run.settle(), runFolder(folder).writer(trainer.counters.steps));
    end(trainer, run);
  }

  it("is refused, by the name of the file, where a byte was changed, cut off or lost", async () => {
    await saved();
    const step = join(folder, "step-00000003");
    const open = async () => {
      const files = runFolder(folder).files(3);
      await openRun(files).finally(() => files.close());
    };
    await open();
    for (const file of ["model.safetensors", "trainer_state.safetensors", "config.json"]) {
      const path = join(step, file);
      const bytes = await readFile(path);
      const flipped = Buffer.from(bytes);
      flipped[bytes.length >> 1]! ^= 1;
      await writeFile(path, flipped);
      await expect(open()).rejects.toThrow(CheckpointError);
      await expect(open()).rejects.toThrow(new RegExp(`step-00000003: ${file}: .*other bytes`));
      await writeFile(path, bytes.subarray(0, bytes.length - 3));
      await expect(open()).rejects.toThrow(`got ${bytes.length - 3} bytes`);
      await rm(path);
      await expect(open()).rejects.toThrow("got none. Resume from an earlier step");
      await writeFile(path, bytes);
    }
    await appendFile(join(step, "trainer_state.json"), "{");
    await expect(open()).rejects.toThrow(CheckpointError);
  });

  it("is pruned to the last ones, and what was left half written goes too", async () => {
    await saved();
    const run = runFolder(folder);
    await run
      .writer(4)
      .create("model.safetensors")
      .then((sink) => sink.close());
    expect(await run.steps()).toEqual([2, 3]);
    await run.prune(1);
    expect(await readdir(folder)).toEqual(["step-00000003"]);
  });

  it("stays as it was when the disk is full", async () => {
    await saved();
    const trainer = start();
    const writer = runFolder(folder).writer(4);
    let room = 100_000;
    const full = {
      ...writer,
      create: async (path: string) => {
        const sink = await writer.create(path);
        return {
          ...sink,
          write: async (bytes: Uint8Array<ArrayBuffer>) => {
            room -= bytes.length;
            if (room < 0)
              throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
            await sink.write(bytes);
          },
        };
      },
    };
    await expect(saveRun(trainer, { position: { epoch: 0, index: 0, offset: 0 } }, full)).rejects.toThrow(
      "ENOSPC",
    );
    expect(await runFolder(folder).steps()).toEqual([2, 3]);
    expect(await readdir(join(folder, "step-00000004"))).toEqual([]);
    end(trainer);
  });

  it("survives a kill at any moment: a step is there whole, or not at all", async () => {
    const script = fileURLToPath(new URL("../../../../scripts/run.mjs", import.meta.url));
    for (const delay of [0, 7, 23]) {
      const child = spawn(process.execPath, [script, "conformance/saves-forever", folder], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const closed = new Promise((done) => child.once("close", done));
      await new Promise((done) => child.stdout.once("data", done));
      await new Promise((done) => setTimeout(done, 100 + delay));
      child.kill("SIGKILL");
      await closed;
      const run = runFolder(folder);
      const found = await run.steps();
      expect(found.length).toBeGreaterThan(0);
      for (const step of found) {
        const files = run.files(step);
        expect((await openRun(files)).steps).toBe(step);
        await files.close();
      }
      await run.prune(1);
    }
  });
});
