import { attention } from "../layers/attention";
import type { ArchitectureReader } from "./architecture";
import { flaModel } from "./fla";
import { readAttention } from "./hybrid";

/** FLA: TransformerForCausalLM. */
export const transformerModel: ArchitectureReader = (config) =>
  flaModel(
    "transformer",
    config,
    ({ hiddenSize }) =>
      attention({
        ...readAttention(config, hiddenSize, 32),
        qkNorm: config.boolean("qk_norm", false) ? "shared" : undefined,
      }),
    { hybrid: false },
  );
