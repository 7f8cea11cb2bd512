import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ops } from "@webfla/ops";
import { type CpuTensor, createCpu } from "@webfla/reference";
import {
  initialModel,
  type Run,
  type RunOptions,
  schedule,
  Trainer,
  type TrainerOptions,
} from "@webfla/zoo/train";
import { afterEach, beforeEach, expect } from "vitest";
import { tinyConfigs } from "../../src/zoo";

export const config = tinyConfigs["gated_deltanet"]!;
export const documents = [30, 7, 55, 2, 19].map((length, d) =>
  Int32Array.from({ length }, (_, t) => (7 * d + t * (d + 2)) % 64),
);
export const settings: TrainerOptions = {
  schedule: schedule({ kind: "constant", lr: 3e-3 }),
  averageDecay: 0.9,
};
export const source: RunOptions<CpuTensor> = { source: documents, tokenBudget: 24, seed: 3 };

/** A backend and a folder for each test of a file, which must leave no tensor behind. */
export function eachTest(): { readonly ops: Ops<CpuTensor>; readonly folder: string } {
  const now = {} as { ops: Ops<CpuTensor>; folder: string };
  beforeEach(async () => {
    now.ops = createCpu({ poison: true });
    now.folder = await mkdtemp(join(tmpdir(), "webfla-run-"));
  });
  afterEach(async () => {
    expect(now.ops.memory().tensors).toBe(0);
    now.ops.dispose();
    await rm(now.folder, { recursive: true });
  });
  return now;
}

export const start = (ops: Ops<CpuTensor>): Trainer<CpuTensor> =>
  new Trainer(initialModel(ops, config, { seed: 1 }), settings);

export function end(trainer: Trainer<CpuTensor>, ...runs: readonly Run<CpuTensor>[]): void {
  for (const run of runs) run.dispose();
  trainer.dispose();
  trainer.model.dispose();
}
