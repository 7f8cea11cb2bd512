import { elements, type Ops, type Shape, type Tensor } from "@webfla/ops";
import { loadModel, type Model, parameterTable, readConfig } from "@webfla/zoo";
import { randomStream } from "@webfla/zoo/generate";
import { type TensorData, writeSafetensors } from "@webfla/zoo/safetensors";
import { tinyConfigs } from "./tiny-configs";

/** Matrices that keep the size of what they map, gains near one, and vectors of every sign. */
function values(name: string, shape: Shape, random: () => number): Float32Array {
  const even = () => 2 * random() - 1;
  const gain = /norm[a-z_]*\.weight$/.test(name);
  const size = shape.length > 1 ? Math.sqrt(3 / shape.at(-1)!) : 0.5;
  return Float32Array.from({ length: elements(shape) }, () => (gain ? 1 + 0.2 * even() : size * even()));
}

/** The safetensors file of a tiny configuration with random parameters, the same on every machine. */
export function tinyCheckpoint(
  name: string,
  seed = 1,
): { readonly config: object; readonly weights: Uint8Array } {
  const config = tinyConfigs[name]!;
  const random = randomStream(seed);
  const table = Object.entries(parameterTable(readConfig(config)));
  const tensors = table.map(([parameter, shape]): [string, TensorData] => [
    parameter,
    { dtype: "F32", shape, data: values(parameter, shape, random) },
  ]);
  return { config, weights: writeSafetensors(new Map(tensors), { format: "pt" }) };
}

interface TinyOptions {
  readonly seed?: number;
  readonly dtype?: "f32" | "f16";
}

/** A tiny model with random parameters. */
export const tinyModel = <T extends Tensor>(
  ops: Ops<T>,
  name: string,
  { seed, dtype }: TinyOptions = {},
): Promise<Model<T>> => loadModel(ops, { ...tinyCheckpoint(name, seed), dtype });
