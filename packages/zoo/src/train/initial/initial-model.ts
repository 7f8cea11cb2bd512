import { type Ops, type Shape, type Tensor, UnsupportedError } from "@webfla/ops";
import { randomStream } from "../../generate/random";
import { type ConfiguredArchitecture, parameterTable } from "../../models/architecture";
import { Model } from "../../models/model";
import { readConfig } from "../../models/registry";
import { normalStream } from "./draw";
import { rules } from "./rules";

export interface InitialOptions {
  readonly seed: number;
  /** How matrices are stored; vectors are always f32. Default "f32". */
  readonly dtype?: "f32" | "f16" | undefined;
}

/**
 * A model of a configuration with parameters drawn as FLA draws them, the same for the same seed: each parameter from a
 * stream of its own, so that none depends on which others there are.
 * Throws UnsupportedError for a parameter whose start is not known.
 */
export function initialModel<T extends Tensor>(
  ops: Ops<T>,
  config: unknown,
  { seed, dtype = "f32" }: InitialOptions,
): Model<T> {
  const architecture = readConfig(config);
  const drawn = Object.entries(parameterTable(architecture)).map(
    ([name, shape]) => [name, shape, initialOf(architecture, name, shape, seed)] as const,
  );
  const parameters = drawn.map(([name, shape, data]): [string, T] => [
    name,
    ops.tensor(data, shape, shape.length > 1 ? dtype : "f32"),
  ]);
  return new Model(ops, architecture, new Map(parameters));
}

/** The numbers that a parameter starts from. */
function initialOf(
  { modelType, config }: ConfiguredArchitecture,
  name: string,
  shape: Shape,
  seed: number,
): Float32Array {
  const rule = rules.find((r) => (r.models?.includes(modelType) ?? true) && r.name.test(name));
  if (!rule)
    throw new UnsupportedError(
      `initialModel: how every parameter starts must be known, got ${name} of ${modelType}. Start from a checkpoint.`,
    );
  const uniform = randomStream(seed * 2 ** 21 + hash(name));
  return rule.initial({
    shape,
    layer: Number(/\.layers\.(\d+)\./.exec(name)?.[1] ?? 0),
    uniform,
    normal: normalStream(uniform),
    number: (key, otherwise) => Number(config[key] ?? otherwise),
    config,
  });
}

/** 21 bits of a name (FNV-1a), so that a seed of 32 bits beside them still is a whole number below 2⁵³. */
const hash = (name: string): number =>
  [...name].reduce((h, c) => Math.imul(h ^ c.charCodeAt(0), 0x01000193), 0x811c9dc5) >>> 11;
