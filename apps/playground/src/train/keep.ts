import type { Tensor } from "@webfla/ops";
import { handleFiles, readJson, writerOf } from "@webfla/zoo/checkpoints";
import { openRun, type RunState, saveRun, type Trainer } from "@webfla/zoo/train";
import type { KeptRun, TrainSettings } from "./request";

const name = "webfla-playground-run";

const folder = async (create: boolean): Promise<FileSystemDirectoryHandle | undefined> => {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle(name, { create }).catch((error) => {
    if (create) throw error;
    return undefined;
  });
};

/** Saves a run in the browser's own file system, over the one before. */
export async function keep<T extends Tensor>(
  trainer: Trainer<T>,
  state: RunState<T>,
  settings: TrainSettings,
): Promise<void> {
  await saveRun(trainer, { ...state, notes: settings }, writerOf((await folder(true))!));
}

/** The run that was kept, if there is one. */
export async function kept(): Promise<KeptRun | undefined> {
  const files = await folder(false);
  if (!files) return undefined;
  const state = await readJson(handleFiles(files), "trainer_state.json").catch(() => undefined);
  const { steps, notes } = (state ?? {}) as { readonly steps?: number; readonly notes?: TrainSettings };
  return steps && notes ? { steps, settings: notes } : undefined;
}

/** The folder of a kept run, with every byte verified. */
export async function openKept() {
  const files = await folder(false);
  if (!files) throw new Error("train: this browser must keep a run, got none. Begin one.");
  return { folder: files, saved: await openRun(handleFiles(files)) };
}

export async function forget(): Promise<undefined> {
  const root = await navigator.storage.getDirectory();
  await root.removeEntry(name, { recursive: true }).catch(() => {});
}
