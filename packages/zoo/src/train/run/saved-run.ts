import { type Tensor, WebflaError } from "@webfla/ops";
import { type CheckpointFiles, type FileOptions, readJson } from "../../checkpoints/files";
import { savePretrained } from "../../checkpoints/save/save-pretrained";
import type { CheckpointWriter } from "../../checkpoints/save/target";
import { loadSnapshot, Snapshot } from "../../engine/snapshot";
import { CheckpointError, show } from "../../errors";
import type { Model } from "../../models/model";
import type { ModelState } from "../../models/state";
import { readSafetensors, type TensorData, writeSafetensors } from "../../safetensors";
import { readExactly } from "../../safetensors/source";
import type { DataPosition } from "../data";
import type { Trainer, TrainerCounters } from "../trainer";
import { type Digest, digesting, verifyDigest } from "./digests";

const FORMAT = "webfla-run-1";
const STATE = "trainer_state.json";
const TENSORS = "trainer_state.safetensors";
const CARRIED = "carried.safetensors";

/** What a run goes on from, beside model and optimiser. */
export interface RunState<T extends Tensor> {
  readonly position: DataPosition;
  /** What the model remembers of the document that was cut, where states are carried on. */
  readonly carried?: ModelState<T> | undefined;
  /** Whatever the caller wants to find again: the run's own options. JSON. */
  readonly notes?: unknown;
}

export interface SavedFiles {
  /** Texts to lie beside the model, by their names: its tokenizer. */
  readonly texts?: ReadonlyMap<string, string> | undefined;
}

interface StateFile extends TrainerCounters {
  readonly format: string;
  readonly position: DataPosition;
  readonly notes: unknown;
  readonly files: Readonly<Record<string, Digest>>;
}

/**
 * Saves a run: the model as FLA loads it, the optimiser's moments by torch's names, and where the data stands. All files
 * are seen at once, the last of them with the digests of the others, so a run that dies here leaves no half of it.
 */
export async function saveRun<T extends Tensor>(
  trainer: Trainer<T>,
  { position, carried, notes = null, texts = new Map() }: RunState<T> & SavedFiles,
  target: CheckpointWriter,
): Promise<void> {
  const { model } = trainer;
  const { counters } = trainer;
  const { writer, digests } = digesting(target);
  try {
    // as the device has them: what came as halves has moved on in between
    await savePretrained(model, writer, { dtype: "device" });
    for (const [path, text] of texts) await write(writer, path, new TextEncoder().encode(text));
    await write(writer, TENSORS, await tensorsFile(model, trainer.tensors));
    if (carried)
      await write(writer, CARRIED, await new Snapshot(model, carried, new Int32Array(0), 0, 0).save());
    const state: StateFile = {
      format: FORMAT,
      ...counters,
      position,
      notes,
      files: Object.fromEntries(digests),
    };
    await write(target, STATE, new TextEncoder().encode(`${JSON.stringify(state, null, 2)}\n`));
  } catch (error) {
    await target.abort();
    throw error;
  }
  await target.commit(() => false);
}

async function write(writer: CheckpointWriter, path: string, bytes: Uint8Array): Promise<void> {
  const sink = await writer.create(path);
  await sink.write(Uint8Array.from(bytes));
  await sink.close();
}

async function tensorsFile<T extends Tensor>(
  { ops }: Model<T>,
  tensors: ReadonlyMap<string, T>,
): Promise<Uint8Array> {
  const data = new Map<string, TensorData>();
  for (const [name, x] of tensors) data.set(name, { dtype: "F32", shape: x.shape, data: await ops.read(x) });
  return writeSafetensors(data, { format: "pt" });
}

/** A saved run, verified; `restore` puts it into a trainer of the model that its folder holds. */
export interface SavedRun {
  /** The folder that holds it, its model too. */
  readonly files: CheckpointFiles;
  readonly steps: number;
  readonly position: DataPosition;
  readonly notes: unknown;
  restore<T extends Tensor>(trainer: Trainer<T>, options?: FileOptions): Promise<RunState<T>>;
}

/** Opens a saved run and verifies every byte of it. Throws CheckpointError for whatever is missing, cut or changed. */
export async function openRun(files: CheckpointFiles, options: FileOptions = {}): Promise<SavedRun> {
  const what = `${files.name}: ${STATE}`;
  const state = (await readJson(files, STATE, options)) as Partial<StateFile> | undefined;
  if (state?.format !== FORMAT)
    throw new CheckpointError(
      `${what}: it must be a run of the format ${FORMAT}, got ${state ? show(state.format) : "no file"}. Give a folder that a run has saved.`,
    );
  const { position, notes, files: listed, steps, updates, lossScale, cleanSteps } = state as StateFile;
  const counters = { steps, updates, lossScale, cleanSteps };
  const numbers = [...Object.values(counters), position?.epoch, position?.index, position?.offset];
  if (!numbers.every((x) => typeof x === "number" && x >= 0) || !listed?.[TENSORS])
    throw new CheckpointError(
      `${what}: it must have counters, a position and files, got others. Resume from an earlier step.`,
    );
  for (const [path, digest] of Object.entries(listed)) await verifyDigest(files, path, digest, options);

  const read = async (path: string): Promise<Uint8Array> => {
    const source = await files.open(path, options);
    if (!source)
      throw new WebflaError(`${files.name}: ${path} must stay while it is read, got none. Do not remove it.`);
    return readExactly(source, `${files.name}: ${path}`, 0, source.size, options.signal);
  };
  return {
    files,
    steps,
    position,
    notes,
    async restore<T extends Tensor>(trainer: Trainer<T>): Promise<RunState<T>> {
      const { model } = trainer;
      const store = await readSafetensors(await read(TENSORS), { name: `${files.name}: ${TENSORS}` });
      const tensors = new Map<string, T>();
      try {
        for (const [name, { shape }] of store.tensors)
          tensors.set(name, model.ops.tensor(await store.read(name), shape));
        trainer.restore(counters, tensors);
      } catch (error) {
        for (const x of tensors.values()) x.dispose();
        throw error;
      }
      const carried = listed[CARRIED] && (await loadSnapshot(model, await read(CARRIED))).state;
      return { position, notes, carried: carried || undefined };
    },
  };
}
