import { attention } from "../layers/attention";
import type { Layer } from "../layers/layer";
import { rmsNorm } from "../modules/rms-norm";
import { swiglu } from "../modules/swiglu";
import type { Architecture, Branch, Prelude } from "./architecture";
import type { ConfigReader } from "./config";

/** What all of FLA's language models have in their configuration. */
export interface Common {
  readonly hiddenSize: number;
  readonly normEps: number;
  readonly layers: number;
}

/** What differs from the block that most of FLA's models share. */
export interface Variations {
  /** Default of `hidden_ratio`. */
  readonly hiddenRatio?: number | undefined;
  readonly prelude?: Prelude | undefined;
}

/**
 * The language model that most of FLA's share: blocks of a mixer and a SwiGLU, each behind an RMSNorm, some mixers
 * replaced by softmax attention (`attn`). `mixer` makes the variant's own layer of that index.
 */
export function flaModel(
  modelType: string,
  config: ConfigReader,
  mixer: (common: Common, index: number) => Layer,
  { hiddenRatio = 4, prelude }: Variations = {},
): Architecture {
  const hiddenSize = config.integer("hidden_size", { default: 2048 });
  const normEps = config.number("norm_eps", { default: 1e-6 });
  const layers = config.integer("num_hidden_layers", { max: 4096 });
  const intermediateSize = intermediate(config, hiddenSize, hiddenRatio);
  config.oneOf("hidden_act", ["swish", "silu"], "swish");
  const hybrid = hybridLayers(config, layers, hiddenSize);
  const own = Array.from({ length: layers }, (_, i) => mixer({ hiddenSize, normEps, layers }, i));
  const norm = rmsNorm(hiddenSize, normEps);
  const mlp = swiglu(hiddenSize, intermediateSize);
  const block = (i: number): Branch[] => {
    const at = `model.layers.${i}`;
    return [
      { normName: `${at}.attn_norm`, norm, name: `${at}.attn`, layer: hybrid.get(i) ?? own[i]! },
      { normName: `${at}.mlp_norm`, norm, name: `${at}.mlp`, layer: mlp },
    ];
  };
  const tied = config.boolean("tie_word_embeddings", false);
  const embeddingName = "model.embeddings.weight";
  return {
    modelType,
    vocabSize: config.integer("vocab_size", { default: 32_000 }),
    hiddenSize,
    embeddingName,
    prelude,
    branches: Array.from({ length: layers }, (_, i) => block(i)).flat(),
    normName: "model.norm",
    norm,
    headName: tied ? embeddingName : "lm_head.weight",
  };
}

/** FLA's rule where the size is not given: two thirds of hidden · ratio, rounded up to 256. */
function intermediate(config: ConfigReader, hiddenSize: number, hiddenRatio: number): number {
  const ratio = config.number("hidden_ratio", { default: hiddenRatio });
  const rule = 256 * Math.ceil(Math.trunc((hiddenSize * ratio * 2) / 3) / 256);
  return config.integer("intermediate_size", { default: rule });
}

/** The layers that `attn`, a specification or a list of them, turns into softmax attention. */
function hybridLayers(config: ConfigReader, layers: number, hiddenSize: number): ReadonlyMap<number, Layer> {
  const replaced = new Map<number, Layer>();
  for (const spec of config.objects("attn")) {
    const numHeads = spec.integer("num_heads");
    const numKvHeads = spec.integer("num_kv_heads", { default: numHeads });
    if (hiddenSize % (2 * numHeads) !== 0)
      throw spec.error("num_heads", `such that heads of hidden_size ${hiddenSize} are even`, numHeads);
    if (numHeads % numKvHeads !== 0)
      throw spec.error("num_kv_heads", `a divisor of num_heads ${numHeads}`, numKvHeads);
    const layer = attention({
      hiddenSize,
      numHeads,
      numKvHeads,
      qkvBias: spec.boolean("qkv_bias", false),
      windowSize: spec.integer("window_size", { min: 0, max: 2 ** 31 - 1, default: 0 }),
      ropeTheta: spec.number("rope_theta", { min: 1, default: 10_000 }),
    });
    for (const i of spec.integers("layers", { max: layers - 1 })) {
      if (replaced.has(i)) throw spec.error("layers", "given once each", i);
      replaced.set(i, layer);
    }
    spec.finish();
  }
  return replaced;
}
