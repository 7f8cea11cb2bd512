import type { ConfigReader } from "../config";
import type { Place, Places } from "./layout";

/** What the configurations of Hugging Face's decoder models have in common, under FLA's keys. */
export interface BlockConfig {
  readonly hidden_size: number;
  readonly num_hidden_layers: number;
  readonly vocab_size: number;
  readonly intermediate_size: number;
  readonly hidden_act: string;
  readonly norm_eps: number;
  readonly tie_word_embeddings: boolean;
}

interface BlockDefaults {
  readonly hiddenSize: number;
  readonly layers: number;
  readonly vocabSize: number;
  readonly intermediateSize: number;
  readonly normEps: number;
}

export const blockConfig = (config: ConfigReader, otherwise: BlockDefaults): BlockConfig => ({
  hidden_size: config.integer("hidden_size", { default: otherwise.hiddenSize }),
  num_hidden_layers: config.integer("num_hidden_layers", { max: 4096, default: otherwise.layers }),
  vocab_size: config.integer("vocab_size", { default: otherwise.vocabSize }),
  intermediate_size: config.integer("intermediate_size", { default: otherwise.intermediateSize }),
  hidden_act: config.oneOf("hidden_act", ["silu", "swish"], "silu"),
  norm_eps: config.number("rms_norm_eps", { default: otherwise.normEps }),
  tie_word_embeddings: config.boolean("tie_word_embeddings", false),
});

/** Embedding and norms of Hugging Face's decoder models, and each layer's mixer, below its prefix. */
export function blockPlaces(
  { num_hidden_layers }: BlockConfig,
  mixer: Readonly<Record<string, Place | "zeros">>,
  gainShift = 0,
): Places {
  const gain = (name: string): Place => ({ name, shift: gainShift });
  const block = (i: number): Places => {
    const at = `model.layers.${i}`;
    return {
      [`${at}.attn_norm.weight`]: gain(`${at}.input_layernorm.weight`),
      [`${at}.mlp_norm.weight`]: gain(`${at}.post_attention_layernorm.weight`),
      ...Object.fromEntries(
        Object.entries(mixer).map(([name, place]) => [
          `${at}.attn.${name}`,
          place === "zeros" ? place : { ...place, name: `${at}.${place.name}` },
        ]),
      ),
    };
  };
  return {
    "model.embeddings.weight": { name: "model.embed_tokens.weight" },
    "model.norm.weight": gain("model.norm.weight"),
    ...Object.assign({}, ...Array.from({ length: num_hidden_layers }, (_, i) => block(i))),
  };
}
