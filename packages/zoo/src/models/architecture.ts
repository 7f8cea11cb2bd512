import type { Ops, Tensor } from "@webfla/ops";
import { type Layer, type ParameterTable, prefixed, type Shared, type Weights } from "../layers/layer";
import type { ConfigReader } from "./config";
import type { Layout } from "./layouts";

/** One step of the residual stream: x + layer(norm(x)). */
export interface Branch {
  /** Prefix of the norm's parameters. */
  readonly normName: string;
  readonly norm: Layer;
  /** Prefix of the layer's parameters. */
  readonly name: string;
  readonly layer: Layer;
}

/** What a model computes from its own parameters alone, once a forward pass, for all layers. */
export interface Prelude {
  readonly parameters: ParameterTable;
  forward<T extends Tensor>(ops: Ops<T>, weights: Weights<T>): Shared<T>;
}

/** A map of the embeddings before the first branch. */
export interface Named {
  /** Prefix of its parameters. */
  readonly name: string;
  readonly layer: Layer;
}

/** A language model: embedding, branches, final norm, head. What a configuration stands for. */
export interface Architecture {
  readonly modelType: string;
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly embeddingName: string;
  /** Under full names. */
  readonly prelude?: Prelude | undefined;
  readonly embeddingNorm?: Named | undefined;
  readonly branches: readonly Branch[];
  readonly normName: string;
  readonly norm: Layer;
  /** The embedding's own name where they are tied. */
  readonly headName: string;
}

/** An architecture with the parsed config.json that it was read from, every key as it was. */
export interface ConfiguredArchitecture extends Architecture {
  readonly config: Readonly<Record<string, unknown>>;
  /** Where the parameters lie in a checkpoint of another library's layout; `config` is then FLA's of the same model. */
  readonly layout?: Layout | undefined;
}

/** Reads the configuration of a model_type. */
export type ArchitectureReader = (config: ConfigReader) => Architecture;

/** Every parameter of a model, by its name in the checkpoint. */
export function parameterTable(model: Architecture): ParameterTable {
  const table = [model.vocabSize, model.hiddenSize];
  return {
    [model.embeddingName]: table,
    ...model.prelude?.parameters,
    ...(model.embeddingNorm && prefixed(model.embeddingNorm.name, model.embeddingNorm.layer.parameters)),
    ...Object.assign(
      {},
      ...model.branches.flatMap(({ normName, norm, name, layer }) => [
        prefixed(normName, norm.parameters),
        prefixed(name, layer.parameters),
      ]),
    ),
    ...prefixed(model.normName, model.norm.parameters),
    [model.headName]: table,
  };
}
