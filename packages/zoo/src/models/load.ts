import { type Ops, type Shape, showShape, type Tensor, UnsupportedError } from "@webfla/ops";
import { CheckpointError, throwIfAborted } from "../errors";
import type { ParameterTable } from "../layers/layer";
import { readSafetensors, type SafetensorsSource, type TensorStore } from "../safetensors";
import { parameterTable } from "./architecture";
import { Model } from "./model";
import { readConfig } from "./registry";

export interface LoadProgress {
  /** The parameter that has just arrived. */
  readonly name: string;
  readonly loaded: number; // parameters
  readonly total: number;
}

export interface LoadArgs {
  /** The parsed config.json. */
  readonly config: unknown;
  /** A safetensors file, or tensors already opened. */
  readonly weights: SafetensorsSource | TensorStore;
  /** How matrices are stored; vectors (norms, gates, biases) are always f32. Default "f32". */
  readonly dtype?: "f32" | "f16" | undefined;
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Loads a checkpoint in FLA's format, a tensor at a time. An unknown model, key, parameter or shape is an error that
 * names it, thrown before any device memory is taken; an abort (AbortedError) or a failure frees what was.
 */
export async function loadModel<T extends Tensor>(
  ops: Ops<T>,
  { config, weights: from, dtype = "f32", onProgress, signal }: LoadArgs,
): Promise<Model<T>> {
  const architecture = readConfig(config);
  if (!ops.backend.dtypes.includes(dtype))
    throw new UnsupportedError(
      `loadModel: dtype must be one that ${ops.name} has (${ops.backend.dtypes.join(", ")}), got ${dtype}. Use f32.`,
    );
  const store = "tensors" in from ? from : await readSafetensors(from, { signal });
  const table = parameterTable(architecture);
  checkParameters(store, table);
  const weights = new Map<string, T>();
  const names = Object.keys(table);
  try {
    for (const name of names) {
      throwIfAborted("loadModel", signal);
      const shape = table[name]!;
      const data = await store.read(name, { signal });
      weights.set(name, ops.tensor(data, shape, shape.length > 1 ? dtype : "f32"));
      onProgress?.({ name, loaded: weights.size, total: names.length });
    }
    throwIfAborted("loadModel", signal);
    return new Model(ops, architecture, weights);
  } catch (error) {
    for (const x of weights.values()) x.dispose();
    throw error;
  }
}

const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((d, i) => d === b[i]);

function checkParameters({ name: file, tensors }: TensorStore, table: ParameterTable): void {
  const missing = Object.keys(table).filter((name) => !tensors.has(name));
  if (missing.length)
    throw new CheckpointError(
      `${file}: every parameter of the configuration must be there, got none named ${list(missing)}. Use the config.json that belongs to the file.`,
    );
  const unknown = [...tensors.keys()].filter((name) => !Object.hasOwn(table, name));
  if (unknown.length)
    throw new CheckpointError(
      `${file}: every parameter must be one of the configuration's, got ${list(unknown)}. Use the config.json that belongs to the file.`,
    );
  for (const [name, shape] of Object.entries(table)) {
    const got = tensors.get(name)!;
    if (!sameShape(got.shape, shape))
      throw new CheckpointError(
        `${file}: ${name} must be ${showShape(shape)}, got ${showShape(got.shape)}. Use the config.json that belongs to the file.`,
      );
    if (!["F32", "F16", "BF16"].includes(got.dtype))
      throw new CheckpointError(
        `${file}: ${name} must be F32, F16 or BF16, got ${got.dtype}. Convert the file.`,
      );
  }
}

const list = (names: readonly string[]): string =>
  names.slice(0, 3).join(", ") + (names.length > 3 ? ` and ${names.length - 3} more` : "");
