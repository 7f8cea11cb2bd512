import { rwkv6, rwkv6ChannelMix } from "../layers/rwkv6";
import type { ArchitectureReader } from "./architecture";
import type { ConfigReader } from "./config";
import { rwkvModel } from "./rwkv";

/** FLA: RWKV6ForCausalLM. */
export const rwkv6Model: ArchitectureReader = (config) =>
  rwkvModel("rwkv6", config, {
    hiddenRatio: 3.5,
    channelMix: rwkv6ChannelMix,
    mixer: ({ hiddenSize, normEps }) => {
      const numHeads = config.integer("num_heads", { default: 4 });
      return rwkv6({
        hiddenSize,
        normEps,
        numHeads,
        keyDim: expanded(config, "expand_k", 0.5, hiddenSize, numHeads),
        valueDim: expanded(config, "expand_v", 1, hiddenSize, numHeads),
        mixRank: config.integer("proj_low_rank_dim", { default: 32 }),
        decayRank: config.integer("gate_low_rank_dim", { default: 64 }),
      });
    },
  });

function expanded(
  config: ConfigReader,
  key: string,
  otherwise: number,
  hiddenSize: number,
  numHeads: number,
): number {
  const factor = config.number(key, { default: otherwise });
  const channels = Math.trunc(hiddenSize * factor);
  if (channels < 1 || channels % numHeads !== 0)
    throw config.error(key, `such that hidden_size ${hiddenSize} times it is ${numHeads} heads`, factor);
  return channels;
}
