import { type HostArray, ShapeError, type Tensor } from "@webfla/ops";
import { disposeKey } from "../disposable";
import { CheckpointError, show } from "../errors";
import { Draws } from "../generate/draws";
import type { Model } from "../models/model";
import { type ModelState, modelState, shareState } from "../models/state";
import {
  readSafetensors,
  type SafetensorsSource,
  type TensorData,
  type TensorStore,
  writeSafetensors,
} from "../safetensors";

const FORMAT = "webfla-state-1";

/**
 * A sequence as it stood between two steps: what the model remembers, and the tokens it has not seen. Requests may go on
 * from it any number of times, on another engine of the same model too. Owned by whoever asked for it.
 */
export class Snapshot<T extends Tensor> implements Disposable {
  constructor(
    readonly model: Model<T>,
    /** Of one sequence. */
    readonly state: ModelState<T>,
    /** Chosen, but not seen by the model yet. */
    readonly pending: Int32Array,
    /** The stream of random numbers, and how many of them were taken. */
    readonly seed: number,
    readonly draws: number,
  ) {}

  /** Tokens of the sequence, the pending ones among them. */
  get tokens(): number {
    return this.state.behind[0]! + this.pending.length;
  }

  /** The same state under another owner. */
  share(): ModelState<T> {
    return shareState(this.model.ops, this.state);
  }

  /** A safetensors file with which `loadSnapshot` goes on elsewhere; `notes` are put in its metadata. */
  async save(notes: Readonly<Record<string, string>> = {}): Promise<Uint8Array> {
    const { model, state, pending, seed, draws } = this;
    const tensors = new Map<string, TensorData>();
    tensors.set("pending", { dtype: "I32", shape: [pending.length], data: pending });
    for (const [i, layer] of state.layers.entries()) {
      if (!layer) continue;
      tensors.set(`layers.${i}.rows`, { dtype: "I32", shape: [1], data: Int32Array.from(layer.rows) });
      for (const [name, x] of Object.entries(layer.tensors)) {
        const dtype = ({ f32: "F32", f16: "F16", i32: "I32" } as const)[x.dtype];
        tensors.set(`layers.${i}.tensors.${name}`, { dtype, shape: x.shape, data: await model.ops.read(x) });
      }
    }
    return writeSafetensors(tensors, {
      ...notes,
      format: FORMAT,
      model_type: model.architecture.modelType,
      layers: String(state.layers.length),
      behind: String(state.behind[0]),
      seed: String(seed),
      draws: String(draws),
    });
  }

  dispose(): void {
    this.state.dispose();
  }

  [disposeKey](): void {
    this.dispose();
  }
}

export const drawsOf = <T extends Tensor>({ seed, draws }: Snapshot<T>): Draws => new Draws(seed, draws);

/** Reads what `Snapshot.save` wrote. Throws CheckpointError for another file, ShapeError for another model's. */
export async function loadSnapshot<T extends Tensor>(
  model: Model<T>,
  source: SafetensorsSource,
): Promise<Snapshot<T>> {
  const store = await readSafetensors(source, { name: "snapshot" });
  const number = (name: string): number => {
    const value = Number(store.metadata.get(name) ?? Number.NaN);
    if (Number.isSafeInteger(value) && value >= 0) return value;
    throw new CheckpointError(
      `snapshot: ${name} must be a whole number, got ${show(store.metadata.get(name))}. Save it again.`,
    );
  };
  if (store.metadata.get("format") !== FORMAT)
    throw new CheckpointError(
      `snapshot: format must be ${FORMAT}, got ${show(store.metadata.get("format"))}. Pass a file of Snapshot.save().`,
    );
  const { modelType, branches } = model.architecture;
  if (store.metadata.get("model_type") !== modelType || number("layers") !== branches.length)
    throw new ShapeError(
      `snapshot: it must be of a ${modelType} of ${branches.length} branches, got ${show(store.metadata.get("model_type"))} of ${number("layers")}. Load the model that it was taken from.`,
    );
  const pending = (await integers(store, "pending")) as Int32Array;
  const [behind, seed, draws] = [number("behind"), number("seed"), number("draws")];
  const layers = await readLayers(model, store, branches.length);
  return new Snapshot(model, modelState({ behind: Uint32Array.of(behind), layers }), pending, seed, draws);
}

async function readLayers<T extends Tensor>(
  { ops }: Model<T>,
  store: TensorStore,
  count: number,
): Promise<ModelState<T>["layers"]> {
  const read = new Map<string, HostArray>();
  for (const name of store.tensors.keys()) read.set(name, await store.read(name));
  return ops.scope(() =>
    Array.from({ length: count }, (_, i) => {
      const rows = read.get(`layers.${i}.rows`);
      if (!rows) return undefined;
      const prefix = `layers.${i}.tensors.`;
      const named = [...store.tensors].filter(([name]) => name.startsWith(prefix));
      return {
        rows: Uint32Array.from(rows),
        tensors: Object.fromEntries(
          named.map(([name, { shape, dtype }]) => [
            name.slice(prefix.length),
            ops.tensor(read.get(name)!, shape, dtype === "F16" ? "f16" : dtype === "I32" ? "i32" : "f32"),
          ]),
        ),
      };
    }),
  );
}

async function integers(store: TensorStore, name: string): Promise<HostArray> {
  const values = await store.read(name);
  if (values instanceof Int32Array) return values;
  throw new CheckpointError(`snapshot: ${name} must be I32, got floats. Save it again.`);
}
