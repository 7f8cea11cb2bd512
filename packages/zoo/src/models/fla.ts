import { rmsNorm } from "../modules/rms-norm";
import { swiglu } from "../modules/swiglu";
import type { Architecture, Prelude } from "./architecture";
import { causalLM, hybridMixers, type Mixer, mixers, readCommon } from "./causal-lm";
import type { ConfigReader } from "./config";

export type { Common } from "./causal-lm";

/** What differs from the block that most of FLA's models share. */
export interface Variations {
  /** Default of `hidden_ratio`. */
  readonly hiddenRatio?: number | undefined;
  readonly prelude?: Prelude | undefined;
  /** Whether `attn` may replace some mixers by softmax attention. Default true. */
  readonly hybrid?: boolean | undefined;
}

/**
 * The language model that most of FLA's share: blocks of a mixer and a SwiGLU, each behind an RMSNorm, some mixers
 * replaced by softmax attention (`attn`). `mixer` makes the variant's own layer of that index.
 */
export function flaModel(
  modelType: string,
  config: ConfigReader,
  mixer: Mixer,
  { hiddenRatio = 4, prelude, hybrid = true }: Variations = {},
): Architecture {
  const common = readCommon(config, 1e-6);
  const { hiddenSize, normEps } = common;
  const intermediateSize = intermediate(config, hiddenSize, hiddenRatio);
  config.oneOf("hidden_act", ["swish", "silu"], "swish");
  const norm = rmsNorm(hiddenSize, normEps);
  const mlp = swiglu(hiddenSize, intermediateSize);
  const layers = hybrid ? hybridMixers(config, common, mixer) : mixers(common, mixer);
  const branches = layers.flatMap((layer, i) => {
    const at = `model.layers.${i}`;
    return [
      { normName: `${at}.attn_norm`, norm, name: `${at}.attn`, layer },
      { normName: `${at}.mlp_norm`, norm, name: `${at}.mlp`, layer: mlp },
    ];
  });
  return causalLM(modelType, config, "model", {
    hiddenSize,
    prelude,
    branches,
    norm,
    normName: "model.norm",
  });
}

/** FLA's rule where the size is not given: two thirds of hidden · ratio, rounded up to 256. */
function intermediate(config: ConfigReader, hiddenSize: number, hiddenRatio: number): number {
  const ratio = config.number("hidden_ratio", { default: hiddenRatio });
  const rule = 256 * Math.ceil(Math.trunc((hiddenSize * ratio * 2) / 3) / 256);
  return config.integer("intermediate_size", { default: rule });
}
