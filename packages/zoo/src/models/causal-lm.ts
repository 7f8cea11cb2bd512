import type { Layer } from "../layers/layer";
import type { Architecture } from "./architecture";
import type { ConfigReader } from "./config";
import { hybridLayers } from "./hybrid";

/** What all of FLA's language models have in their configuration. */
export interface Common {
  readonly hiddenSize: number;
  readonly normEps: number;
  readonly layers: number;
}

/** Makes the variant's own layer of that index. */
export type Mixer = (common: Common, index: number) => Layer;

export const readCommon = (config: ConfigReader, normEps: number): Common => ({
  hiddenSize: config.integer("hidden_size", { default: 2048 }),
  normEps: config.number("norm_eps", { default: normEps }),
  layers: config.integer("num_hidden_layers", { max: 4096 }),
});

/** A layer for each block. */
export const mixers = (common: Common, mixer: Mixer): readonly Layer[] =>
  Array.from({ length: common.layers }, (_, i) => mixer(common, i));

/** The same, some replaced by softmax attention (`attn`). */
export function hybridMixers(config: ConfigReader, common: Common, mixer: Mixer): readonly Layer[] {
  const hybrid = hybridLayers(config, common.layers, common.hiddenSize);
  return mixers(common, mixer).map((layer, i) => hybrid.get(i) ?? layer);
}

/** Puts the embedding and the head around blocks below `root`. */
export function causalLM(
  modelType: string,
  config: ConfigReader,
  root: string,
  blocks: Pick<Architecture, "hiddenSize" | "prelude" | "embeddingNorm" | "branches" | "norm" | "normName">,
): Architecture {
  const embeddingName = `${root}.embeddings.weight`;
  return {
    ...blocks,
    modelType,
    vocabSize: config.integer("vocab_size", { default: 32_000 }),
    embeddingName,
    headName: config.boolean("tie_word_embeddings", false) ? embeddingName : "lm_head.weight",
  };
}
