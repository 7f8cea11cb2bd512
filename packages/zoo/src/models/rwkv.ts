import type { Layer } from "../layers/layer";
import { layerNorm } from "../modules/layer-norm";
import type { RwkvActivation } from "../modules/rwkv-activation";
import type { Architecture } from "./architecture";
import { causalLM, hybridMixers, type Mixer, readCommon } from "./causal-lm";
import type { ConfigReader } from "./config";

const activations: Readonly<Record<string, RwkvActivation>> = {
  sqrelu: "squaredRelu",
  relu: "relu",
  silu: "silu",
  swish: "silu",
  sigmoid: "sigmoid",
  logsigmoid: "logSigmoid",
};

interface RwkvParts {
  /** Default of `hidden_ratio`. */
  readonly hiddenRatio: number;
  readonly mixer: Mixer;
  readonly channelMix: (options: {
    readonly hiddenSize: number;
    readonly intermediateSize: number;
    readonly activation: RwkvActivation;
  }) => Layer;
}

/** Blocks of a time and a channel mixer, each behind a LayerNorm, after a LayerNorm of the embeddings. */
export function rwkvModel(
  modelType: string,
  config: ConfigReader,
  { hiddenRatio, mixer, channelMix }: RwkvParts,
): Architecture {
  const common = readCommon(config, 1e-5);
  const { hiddenSize, normEps } = common;
  const ratio = config.number("hidden_ratio", { default: hiddenRatio });
  const rule = 32 * Math.ceil(Math.trunc(hiddenSize * ratio) / 32);
  const intermediateSize = config.integer("intermediate_size", { default: rule });
  const activation = activations[config.oneOf("hidden_act", Object.keys(activations), "sqrelu")]!;
  const norm = layerNorm(hiddenSize, normEps, config.boolean("norm_bias", true));
  const ffn = channelMix({ hiddenSize, intermediateSize, activation });
  const branches = hybridMixers(config, common, mixer).flatMap((layer, i) => {
    const at = `model.layers.${i}`;
    return [
      { normName: `${at}.attn_norm`, norm, name: `${at}.attn`, layer },
      { normName: `${at}.ffn_norm`, norm, name: `${at}.ffn`, layer: ffn },
    ];
  });
  const embeddingNorm = config.boolean("norm_first", true)
    ? { name: "model.layers.0.pre_norm", layer: norm }
    : undefined;
  return causalLM(modelType, config, "model", {
    hiddenSize,
    embeddingNorm,
    branches,
    norm,
    normName: "model.norm",
  });
}
