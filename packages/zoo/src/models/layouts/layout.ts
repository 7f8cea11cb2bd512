import { elements, type HostArray, type Shape, showShape } from "@webfla/ops";
import { CheckpointError } from "../../errors";
import type { ParameterTable } from "../../layers/layer";
import type { ReadOptions, TensorInfo, TensorStore } from "../../safetensors";

/** Where a parameter of FLA's lies in a checkpoint of another layout. */
export interface Place {
  /** The tensor's own name. */
  readonly name: string;
  /** The rows that are the parameter's, where the tensor has others too. */
  readonly rows?: Rows | undefined;
  /** Added to every value. */
  readonly shift?: number | undefined;
}

/** Some of a tensor's rows, in order. */
export interface Rows {
  /** How many the tensor has. */
  readonly of: number;
  /** [first, count] of each run. */
  readonly runs: readonly (readonly [number, number])[];
}

/** By FLA's name: what has another name there, or lies among others; zeros for what the other layout does not have. */
export type Places = Readonly<Record<string, Place | "zeros">>;

/** A model of another library in FLA's terms. */
export interface Layout {
  /** Its configuration as FLA has it. */
  readonly config: Readonly<Record<string, unknown>> & { readonly model_type: string };
  readonly places: Places;
  /** Beginnings of the names of tensors that the model does not use. */
  readonly unused: readonly string[];
}

/**
 * A checkpoint of another layout, seen as one of FLA's. What it has beyond the layout keeps its name.
 * Throws CheckpointError for a tensor of the layout that is missing or misshapen.
 */
export function inFlaLayout(store: TensorStore, table: ParameterTable, layout: Layout): TensorStore {
  const { places, unused } = layout;
  const placed = Object.entries(table).map(([name, shape]): [string, TensorInfo] => {
    const place = places[name] ?? { name };
    const info = place === "zeros" ? nothing(shape) : infoOf(store, place, shape);
    return [name, info];
  });
  const known = new Set(Object.keys(table).map((name) => sourceOf(name, places)));
  const rest = [...store.tensors].filter(
    ([name]) => !known.has(name) && !unused.some((beginning) => name.startsWith(beginning)),
  );
  const order = new Map([...store.tensors.keys()].map((name, i) => [name, i]));
  const position = (name: string): number => order.get(sourceOf(name, places) ?? "") ?? -1;
  const readWhole = sharedReads(store, places);
  return {
    name: store.name,
    metadata: store.metadata,
    tensors: new Map([...placed, ...rest].sort(([a], [b]) => position(a) - position(b))),
    async read(name, options) {
      const place = places[name] ?? { name };
      if (place === "zeros") return new Float32Array(elements(table[name]!));
      if (!place.rows) return shifted(await store.read(place.name, options), place.shift);
      return shifted(pickRows(await readWhole(place.name, options), place.rows), place.shift);
    },
  };
}

/** The tensor that a parameter lies in. */
function sourceOf(name: string, places: Places): string | undefined {
  const place = places[name] ?? { name };
  return place === "zeros" ? undefined : place.name;
}

const nothing = (shape: Shape): TensorInfo => ({ dtype: "F32", shape, start: 0, end: 0 });

function infoOf(
  { name: file, tensors }: TensorStore,
  { name, rows, shift }: Place,
  shape: Shape,
): TensorInfo {
  const stored = tensors.get(name);
  if (!stored)
    throw new CheckpointError(
      `${file}: every tensor of the configuration must be there, got none named ${name}. Use the config.json that belongs to the file.`,
    );
  const whole = rows ? shape.with(0, rows.of) : shape;
  if (!sameButForOnes(stored.shape, whole))
    throw new CheckpointError(
      `${file}: ${name} must be ${showShape(whole)}, got ${showShape(stored.shape)}. Use the config.json that belongs to the file.`,
    );
  const bytes = ((stored.end - stored.start) * elements(shape)) / elements(whole);
  // a sum has more digits than its terms
  const dtype = shift && (stored.dtype === "F16" || stored.dtype === "BF16") ? "F32" : stored.dtype;
  return { dtype, shape, start: stored.start, end: stored.start + bytes };
}

const sameButForOnes = (a: Shape, b: Shape): boolean =>
  a.filter((d) => d !== 1).join() === b.filter((d) => d !== 1).join();

/** Reads a tensor once for all the parameters that lie in it, and lets go of it after the last of them. */
function sharedReads(store: TensorStore, places: Places) {
  const names = Object.values(places).flatMap((place) => (place !== "zeros" && place.rows ? place.name : []));
  const held = new Map<string, { readonly data: HostArray; left: number }>();
  return async (name: string, { signal }: ReadOptions = {}): Promise<HostArray> => {
    const tensor = held.get(name) ?? {
      data: await store.read(name, { signal }),
      left: names.filter((other) => other === name).length,
    };
    tensor.left--;
    if (tensor.left > 0) held.set(name, tensor);
    else held.delete(name);
    return tensor.data;
  };
}

function pickRows(data: HostArray, { of, runs }: Rows): HostArray {
  const width = data.length / of;
  const count = runs.reduce((sum, [, n]) => sum + n, 0);
  const picked = data instanceof Int32Array ? new Int32Array(count * width) : new Float32Array(count * width);
  let at = 0;
  for (const [first, n] of runs) {
    picked.set(data.subarray(first * width, (first + n) * width), at);
    at += n * width;
  }
  return picked;
}

const shifted = (data: HostArray, shift = 0): HostArray => (shift ? data.map((x) => x + shift) : data);
