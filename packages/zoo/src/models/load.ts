import { type Ops, type Shape, showShape, type Tensor, UnsupportedError } from "@webfla/ops";
import { CheckpointError, throwIfAborted } from "../errors";
import type { ParameterTable } from "../layers/layer";
import { type CodedDType, readSafetensors, type SafetensorsSource, type TensorStore } from "../safetensors";
import { parameterTable } from "./architecture";
import { inFlaLayout } from "./layouts";
import { Model } from "./model";
import { readConfig } from "./registry";

/** Told for each piece of a tensor; `loaded` counts it with its last, when it is on the device. */
export interface LoadProgress {
  /** The parameter that is arriving. */
  readonly name: string;
  readonly loaded: number; // parameters
  readonly total: number;
  readonly bytes: number; // of the parameters, as they are stored in the checkpoint
  readonly totalBytes: number;
}

export interface LoadOptions {
  /** How matrices are stored; vectors (norms, gates, biases) are always f32. Default "f32". */
  readonly dtype?: "f32" | "f16" | undefined;
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface LoadArgs extends LoadOptions {
  /** The parsed config.json. */
  readonly config: unknown;
  /** A safetensors file, or tensors already opened. */
  readonly weights: SafetensorsSource | TensorStore;
}

/**
 * Loads a checkpoint in FLA's format, a tensor at a time in the order of the file. An unknown model, key, parameter or
 * shape is an error that names it, thrown before any device memory is taken; an abort (AbortedError) or a failure frees
 * what was.
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
  const table = parameterTable(architecture);
  const opened = "tensors" in from ? from : await readSafetensors(from, { signal });
  const store = architecture.layout ? inFlaLayout(opened, table, architecture.layout) : opened;
  const stored = checkParameters(store, table);
  const totalBytes = [...store.tensors.values()].reduce((sum, { start, end }) => sum + end - start, 0);
  const weights = new Map<string, T>();
  let bytes = 0;
  try {
    for (const [name, { shape, start, end }] of store.tensors) {
      throwIfAborted("loadModel", signal);
      const report = () =>
        onProgress?.({ name, loaded: weights.size, total: stored.size, bytes, totalBytes });
      const whole = bytes + end - start;
      const onBytes = (more: number) => {
        bytes += more;
        // the last piece is told once the tensor is on the device
        if (bytes < whole) report();
      };
      const data = await store.read(name, { signal, onBytes });
      weights.set(name, ops.tensor(data, shape, shape.length > 1 ? dtype : "f32"));
      bytes = whole;
      report();
    }
    throwIfAborted("loadModel", signal);
    return new Model(ops, architecture, weights, stored);
  } catch (error) {
    for (const x of weights.values()) x.dispose();
    throw error;
  }
}
const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((d, i) => d === b[i]);

const isFloat = (dtype: string): dtype is CodedDType => ["F32", "F16", "BF16"].includes(dtype);

/** The type that each parameter is stored in. */
function checkParameters(
  { name: file, tensors }: TensorStore,
  table: ParameterTable,
): ReadonlyMap<string, CodedDType> {
  const stored = new Map<string, CodedDType>();
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
    if (!isFloat(got.dtype))
      throw new CheckpointError(
        `${file}: ${name} must be F32, F16 or BF16, got ${got.dtype}. Convert the file.`,
      );
    stored.set(name, got.dtype);
  }
  return stored;
}

const list = (names: readonly string[]): string =>
  names.slice(0, 3).join(", ") + (names.length > 3 ? ` and ${names.length - 3} more` : "");
