import { simpleGatedLinearAttention } from "../layers/simple-gla";
import type { ArchitectureReader } from "./architecture";
import { readConvSize } from "./conv-size";
import { readFeatureMap } from "./feature-map";
import { flaModel } from "./fla";
import { readGroupedHeads } from "./grouped-heads";

/** FLA has the layer alone; its options are the configuration, around FLA's usual block. */
export const simpleGlaModel: ArchitectureReader = (config) =>
  flaModel("simple_gla", config, (common) =>
    simpleGatedLinearAttention({
      ...readGroupedHeads(config, common, { expandK: 1, expandV: 1, numHeads: 4 }),
      featureMap: readFeatureMap(config),
      convSize: readConvSize(config, true),
      gateLogitNormalizer: config.number("gate_logit_normalizer", { default: 16 }),
      fuseNorm: config.boolean("fuse_norm", true),
    }),
  );
