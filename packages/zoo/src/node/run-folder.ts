import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { CheckpointFiles } from "../checkpoints/files";
import type { CheckpointWriter } from "../checkpoints/save/target";
import { directoryFiles } from "./directory";
import { directoryWriter } from "./writer";

const STATE = "trainer_state.json";
const nameOf = (step: number): string => `step-${String(step).padStart(8, "0")}`;

/** The saved steps of a run, a folder each: a checkpoint that FLA loads, with the trainer's state beside it. */
export interface RunFolder {
  readonly path: string;
  /** Steps that were saved whole, in order. */
  steps(): Promise<readonly number[]>;
  /** The folder of a step. */
  at(step: number): string;
  writer(step: number): CheckpointWriter;
  files(step: number): CheckpointFiles;
  /** Removes what is older than the last `keep` steps, and what a run that died has left half written. */
  prune(keep: number): Promise<void>;
}

/** A folder of a run, which may not be there yet. */
export function runFolder(path: string): RunFolder {
  const at = (step: number): string => join(path, nameOf(step));
  const folders = async (): Promise<readonly { readonly step: number; readonly whole: boolean }[]> => {
    const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
    const found = names.flatMap((name) => {
      const step = /^step-(\d+)$/.exec(name)?.[1];
      return step === undefined ? [] : [Number(step)];
    });
    return Promise.all(
      found
        .sort((a, b) => a - b)
        .map(async (step) => ({ step, whole: (await readdir(at(step))).includes(STATE) })),
    );
  };
  const steps = async () => (await folders()).filter(({ whole }) => whole).map(({ step }) => step);
  return {
    path,
    steps,
    at,
    writer: (step) => directoryWriter(at(step)),
    files: (step) => directoryFiles(at(step)),
    async prune(keep) {
      const kept = new Set((await steps()).slice(-keep));
      for (const { step } of await folders())
        if (!kept.has(step)) await rm(at(step), { recursive: true, force: true });
    },
  };
}
