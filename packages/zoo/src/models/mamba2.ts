import { mamba2 } from "../layers/mamba2";
import type { ArchitectureReader } from "./architecture";
import { backboneModel, readExpanded } from "./backbone";
import type { ConfigReader } from "./config";

/** FLA: Mamba2ForCausalLM. */
export const mamba2Model: ArchitectureReader = (config) =>
  backboneModel("mamba2", config, ({ hiddenSize, normEps }) => {
    config.oneOf("hidden_act", ["silu", "swish"], "silu");
    return mamba2({
      hiddenSize,
      ...readHeads(config, hiddenSize),
      stateSize: config.integer("state_size", { default: 128 }),
      convSize: config.integer("conv_kernel", { max: 64, default: 4 }),
      convBias: config.boolean("use_conv_bias", true),
      bias: config.boolean("use_bias", false),
      stepLimit: config.interval("dt_limit", [0, Number.POSITIVE_INFINITY]),
      skipPerChannel: config.boolean("D_has_hdim", false),
      norm: readNorm(config),
      normEps,
    });
  });

function readHeads(config: ConfigReader, hiddenSize: number) {
  const inner = readExpanded(config, hiddenSize);
  const headDim = config.integer("head_dim", { default: 64 });
  if (inner % headDim !== 0)
    throw config.error("head_dim", `a divisor of expand · hidden_size ${inner}`, headDim);
  const numHeads = inner / headDim;
  // FLA takes 0 for what follows from the sizes
  const given = config.integer("num_heads", { min: 0, default: 0 }) || numHeads;
  if (given !== numHeads)
    throw config.error("num_heads", `expand · hidden_size ${inner} / head_dim ${headDim}`, given);
  const numGroups = config.integer("n_groups", { default: 1 });
  if (numHeads % numGroups !== 0)
    throw config.error("n_groups", `a divisor of num_heads ${numHeads}`, numGroups);
  return { numHeads, headDim, numGroups };
}

function readNorm(config: ConfigReader): "gated" | "beforeGate" | undefined {
  const beforeGate = config.boolean("norm_before_gate", false);
  if (!config.boolean("rmsnorm", true)) return undefined;
  return beforeGate ? "beforeGate" : "gated";
}
