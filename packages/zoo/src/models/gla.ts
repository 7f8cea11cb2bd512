import { gatedLinearAttention } from "../layers/gla";
import type { ArchitectureReader } from "./architecture";
import { readConvSize } from "./conv-size";
import { readFeatureMap } from "./feature-map";
import { flaModel } from "./fla";
import { readGroupedHeads } from "./grouped-heads";

/** FLA: GLAForCausalLM. */
export const glaModel: ArchitectureReader = (config) => {
  // FLA's layer does not have them
  config.ignore("use_gk", "use_gv");
  return flaModel("gla", config, (common) =>
    gatedLinearAttention({
      ...readGroupedHeads(config, common, { expandK: 0.5, expandV: 1, numHeads: 4 }),
      featureMap: readFeatureMap(config),
      convSize: readConvSize(config, false),
      useOutputGate: config.boolean("use_output_gate", true),
      gateLowRankDim: 16,
      gateLogitNormalizer: 16,
      clampMin: config.has("clamp_min") ? config.number("clamp_min", { min: -Number.MAX_VALUE }) : undefined,
      fuseNorm: config.boolean("fuse_norm", true),
    }),
  );
};
