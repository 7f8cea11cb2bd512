import { forgettingAttention } from "../layers/forgetting-attention";
import type { ArchitectureReader } from "./architecture";
import { flaModel } from "./fla";
import { readHeads } from "./hybrid";

/** FLA: ForgettingTransformerForCausalLM. */
export const forgettingTransformerModel: ArchitectureReader = (config) =>
  flaModel(
    "forgetting_transformer",
    config,
    ({ hiddenSize }) =>
      forgettingAttention({
        ...readHeads(config, hiddenSize, 32),
        qkNorm: config.boolean("qk_norm", false),
        useOutputGate: config.boolean("use_output_gate", false),
      }),
    { hybrid: false },
  );
