import { mamba } from "../layers/mamba";
import type { ArchitectureReader } from "./architecture";
import { backboneModel, readExpanded } from "./backbone";

/** FLA: MambaForCausalLM. */
export const mambaModel: ArchitectureReader = (config) =>
  backboneModel("mamba", config, ({ hiddenSize }) => {
    config.oneOf("hidden_act", ["silu", "swish"], "silu");
    const rank = Math.ceil(hiddenSize / 16);
    return mamba({
      hiddenSize,
      intermediateSize: config.integer("intermediate_size", { default: readExpanded(config, hiddenSize) }),
      stateSize: config.integer("state_size", { default: 16 }),
      convSize: config.integer("conv_kernel", { max: 64, default: 4 }),
      convBias: config.boolean("use_conv_bias", true),
      stepRank: config.is("dt_rank", "auto") ? rank : config.integer("dt_rank", { default: rank }),
      bias: config.boolean("use_bias", false),
    });
  });
