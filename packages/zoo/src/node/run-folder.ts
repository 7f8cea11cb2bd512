import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { CheckpointFiles } from "../checkpoints/files";
import type { CheckpointWriter } from "../checkpoints/save/target";
import { directoryFiles } from "./directory";
import { directoryWriter, syncFolder } from "./writer";

const STATE = "trainer_state.json";
const nameOf = (step: number): string => `step-${String(step).padStart(8, "0")}`;
// what is on its way into its place, or out of it: nobody takes it for a step
const ASIDE = /^\.step-\d+\..*tmp$/;

/** The saved steps of a run, a folder each: a checkpoint that FLA loads, with the trainer's state beside it. */
export interface RunFolder {
  readonly path: string;
  /** Steps that were saved whole, in order. */
  steps(): Promise<readonly number[]>;
  /** The folder of a step. */
  at(step: number): string;
  writer(step: number): CheckpointWriter;
  files(step: number): CheckpointFiles;
  /** Removes what is older than the last `keep` steps, and what a run that died has left half written or half removed. */
  prune(keep: number): Promise<void>;
}

/** A folder of a run, which may not be there yet. Steps come and go by one rename, whole. */
export function runFolder(path: string): RunFolder {
  const at = (step: number): string => join(path, nameOf(step));
  const folders = async (): Promise<readonly { readonly step: number; readonly whole: boolean }[]> => {
    const found = (await namesIn(path)).flatMap((name) => {
      const step = /^step-(\d+)$/.exec(name)?.[1];
      return step === undefined ? [] : [Number(step)];
    });
    return Promise.all(
      found
        .sort((a, b) => a - b)
        .map(async (step) => ({ step, whole: (await namesIn(at(step))).includes(STATE) })),
    );
  };
  const steps = async () => (await folders()).filter(({ whole }) => whole).map(({ step }) => step);
  return {
    path,
    steps,
    at,
    writer: (step) => stepWriter(path, nameOf(step)),
    files: (step) => directoryFiles(at(step)),
    async prune(keep) {
      const kept = new Set((await steps()).slice(-keep));
      for (const { step } of await folders())
        if (!kept.has(step)) await rename(at(step), aside(path, nameOf(step))).catch(unlessAbsent);
      for (const name of await namesIn(path)) if (ASIDE.test(name)) await remove(join(path, name));
    },
  };
}

/** Writes a step beside its place; there it comes whole, and takes that of an earlier one. */
function stepWriter(path: string, name: string): CheckpointWriter {
  const [place, fresh, former] = [join(path, name), aside(path, name), aside(path, name)];
  const { create, ...writer } = directoryWriter(fresh);
  const abort = async () => {
    await writer.abort();
    await remove(fresh).catch(() => undefined);
  };
  return {
    create,
    abort,
    async commit(isObsolete) {
      try {
        await writer.commit(isObsolete);
        // a folder that holds anything cannot be renamed over
        await rename(place, former).catch(unlessAbsent);
        await rename(fresh, place);
      } catch (error) {
        await rename(former, place).catch(() => undefined);
        await abort();
        throw error;
      }
      await syncFolder(path);
      await remove(former);
    },
  };
}

const aside = (path: string, name: string): string =>
  join(path, `.${name}.${process.pid}-${Math.random().toString(36).slice(2)}.tmp`);

const remove = (path: string): Promise<void> => rm(path, { recursive: true, force: true });

/** None where there is no such folder. */
const namesIn = async (path: string): Promise<readonly string[]> =>
  (await readdir(path).catch(unlessAbsent)) ?? [];

function unlessAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
