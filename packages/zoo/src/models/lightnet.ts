import { lightNetAttention } from "../layers/lightnet";
import type { ArchitectureReader } from "./architecture";
import { readConvSize } from "./conv-size";
import { readExpandedHeads } from "./expanded-heads";
import { flaModel } from "./fla";

/** FLA: LightNetForCausalLM. */
export const lightNetModel: ArchitectureReader = (config) =>
  flaModel("lightnet", config, ({ hiddenSize }) =>
    lightNetAttention({
      hiddenSize,
      ...readExpandedHeads(config, hiddenSize),
      convSize: readConvSize(config, false),
      gateLowRankDim: config.integer("gate_low_rank_dim", { default: 128 }),
    }),
  );
