import { type TensorSpec, tensorBytes } from "../../safetensors/layout";
import { INDEX, WEIGHTS } from "../open";

/** A file of weights and what is in it. */
export interface Shard {
  readonly path: string;
  readonly tensors: ReadonlyMap<string, TensorSpec>;
}

/** Files of at most so many bytes of tensors, filled in order; a tensor that is larger has one to itself. */
export function shardsOf(tensors: ReadonlyMap<string, TensorSpec>, maxBytes: number): readonly Shard[] {
  const groups: Map<string, TensorSpec>[] = [];
  let open = new Map<string, TensorSpec>();
  let size = 0;
  for (const [name, spec] of tensors) {
    const bytes = tensorBytes(spec);
    if (bytes > maxBytes) {
      groups.push(new Map([[name, spec]]));
      continue;
    }
    if (size + bytes > maxBytes) {
      groups.push(open);
      [open, size] = [new Map(), 0];
    }
    open.set(name, spec);
    size += bytes;
  }
  if (open.size > 0 || groups.length === 0) groups.push(open);
  const number = (i: number) => `${i}`.padStart(5, "0");
  return groups.map((group, i) => ({
    path: groups.length === 1 ? WEIGHTS : `model-${number(i + 1)}-of-${number(groups.length)}.safetensors`,
    tensors: group,
  }));
}

/** The text of model.safetensors.index.json. */
export function indexText(shards: readonly Shard[]): string {
  const all = shards.flatMap(({ path, tensors }) =>
    [...tensors].map(([name, spec]) => ({ name, path, spec })),
  );
  const total = all.reduce((sum, { spec }) => sum + tensorBytes(spec), 0);
  const map = all.map(({ name, path }) => [name, path] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  const index = { metadata: { total_size: total }, weight_map: Object.fromEntries(map) };
  return `${JSON.stringify(index, null, 2)}\n`;
}

/** Whether a name is of weights that an earlier save may have left. */
export const isWeights = (path: string): boolean =>
  path === WEIGHTS || path === INDEX || /^model-\d{5}-of-\d{5}\.safetensors$/.test(path);
