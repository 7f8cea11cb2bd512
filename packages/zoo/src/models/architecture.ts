import type { Layer, ParameterTable } from "../layers/layer";
import type { ConfigReader } from "./config";

/** One step of the residual stream: x + layer(norm(x)). */
export interface Branch {
  /** Prefix of the norm's parameters. */
  readonly normName: string;
  readonly norm: Layer;
  /** Prefix of the layer's parameters. */
  readonly name: string;
  readonly layer: Layer;
}

/** A language model: embedding, branches, final norm, head. What a configuration stands for. */
export interface Architecture {
  readonly modelType: string;
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly embeddingName: string;
  readonly branches: readonly Branch[];
  readonly normName: string;
  readonly norm: Layer;
  /** The embedding's own name where they are tied. */
  readonly headName: string;
}

/** Reads the configuration of a model_type. */
export type ArchitectureReader = (config: ConfigReader) => Architecture;

const prefixed = (prefix: string, { parameters }: Layer): ParameterTable =>
  Object.fromEntries(Object.entries(parameters).map(([name, shape]) => [`${prefix}.${name}`, shape]));

/** Every parameter of a model, by its name in the checkpoint. */
export function parameterTable(model: Architecture): ParameterTable {
  const table = [model.vocabSize, model.hiddenSize];
  return {
    [model.embeddingName]: table,
    ...Object.assign(
      {},
      ...model.branches.flatMap(({ normName, norm, name, layer }) => [
        prefixed(normName, norm),
        prefixed(name, layer),
      ]),
    ),
    ...prefixed(model.normName, model.norm),
    [model.headName]: table,
  };
}
