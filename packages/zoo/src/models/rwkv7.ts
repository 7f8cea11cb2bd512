import { rwkv7, rwkv7ChannelMix } from "../layers/rwkv7";
import type { ArchitectureReader } from "./architecture";
import type { Common } from "./causal-lm";
import type { ConfigReader } from "./config";
import { rwkvModel } from "./rwkv";

/** FLA: RWKV7ForCausalLM. */
export const rwkv7Model: ArchitectureReader = (config) => {
  expectOwnFirst(config);
  return rwkvModel("rwkv7", config, {
    hiddenRatio: 4,
    channelMix: rwkv7ChannelMix,
    mixer: (common, index) => {
      const { hiddenSize, normEps } = common;
      const headDim = readHeadDim(config, hiddenSize);
      return rwkv7({
        hiddenSize,
        headDim,
        valueDim: readValueDim(config, common),
        ranks: readRanks(config, hiddenSize, headDim),
        first: index === 0,
        normEps,
        // unfused, FLA bounds a key's length from below by 1e-12 instead
        keyEps: config.boolean("fuse_norm", true) ? 1e-6 : 1e-24,
      });
    },
  });
};

/** The values of layer 0 are mixed into those of all others. */
function expectOwnFirst(config: ConfigReader): void {
  for (const spec of config.objects("attn"))
    if (spec.integers("layers").includes(0))
      throw spec.error("layers", "above 0, since the other layers take values from layer 0", 0);
}

function readHeadDim(config: ConfigReader, hiddenSize: number): number {
  const heads = config.has("num_heads") ? config.integer("num_heads") : undefined;
  const headDim = config.integer("head_dim", {
    default: config.isNull("head_dim") && heads ? hiddenSize / heads : 64,
  });
  if (hiddenSize % headDim !== 0)
    throw config.error("head_dim", `a divisor of hidden_size ${hiddenSize}`, headDim);
  if (heads && heads * headDim !== hiddenSize)
    throw config.error("num_heads", `hidden_size ${hiddenSize} / head_dim ${headDim}`, heads);
  return headDim;
}

function readValueDim(config: ConfigReader, { hiddenSize, layers }: Common): number {
  const dims = config.perLayer("value_dim", layers, { default: hiddenSize });
  for (const dim of dims) {
    if (dim % hiddenSize !== 0)
      throw config.error("value_dim", `a multiple of hidden_size ${hiddenSize}`, dim);
    if (dim !== dims[0]) throw config.error("value_dim", `that of layer 0, ${dims[0]}, everywhere`, dim);
  }
  return dims[0]!;
}

/** A null asks for the rule of the layer, another value than the configuration's own default. */
function readRanks(config: ConfigReader, hiddenSize: number, headDim: number) {
  const rank = (key: string, otherwise: number, factor: number): number => {
    const rule = Math.max(32, 32 * roundHalfEven((factor * Math.sqrt(hiddenSize)) / 32));
    return config.integer(key, { default: config.isNull(key) ? rule : otherwise });
  };
  return {
    w: rank("decay_low_rank_dim", 64, (2.5 * headDim) / 64),
    a: rank("a_low_rank_dim", 64, (2.5 * headDim) / 64),
    v: rank("v_low_rank_dim", 16, (1.7 * headDim) / 64),
    g: rank("gate_low_rank_dim", 128, 5),
  };
}

/** As Python rounds. */
function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below + (below % 2);
}
