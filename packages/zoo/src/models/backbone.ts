import { rmsNorm } from "../modules/rms-norm";
import type { Architecture } from "./architecture";
import { causalLM, type Mixer, mixers, readCommon } from "./causal-lm";
import type { ConfigReader } from "./config";

/** Initial values, the kernels' chunks, and a residual stream that is f32 here in any case. */
const ignored = [
  ...["A_init_range", "conv_init", "dt_min", "dt_max", "dt_scale", "dt_init_scheme", "dt_init_floor"],
  ...["chunk_size", "residual_in_fp32"],
];

/** Blocks of a mixer alone behind an RMSNorm, under the names of the Mamba family. */
export function backboneModel(modelType: string, config: ConfigReader, mixer: Mixer): Architecture {
  config.ignore(...ignored);
  const common = readCommon(config, 1e-5);
  const { hiddenSize, normEps } = common;
  const norm = rmsNorm(hiddenSize, normEps);
  const branches = mixers(common, mixer).map((layer, i) => {
    const at = `backbone.layers.${i}`;
    return { normName: `${at}.norm`, norm, name: `${at}.mixer`, layer };
  });
  return causalLM(modelType, config, "backbone", { hiddenSize, branches, norm, normName: "backbone.norm_f" });
}

/** Channels of a state-space layer: hidden_size · expand. */
export function readExpanded(config: ConfigReader, hiddenSize: number): number {
  const expand = config.number("expand", { default: 2 });
  const channels = Math.trunc(hiddenSize * expand);
  if (channels < 1)
    throw config.error("expand", `such that hidden_size ${hiddenSize} times it is above 0`, expand);
  return channels;
}
