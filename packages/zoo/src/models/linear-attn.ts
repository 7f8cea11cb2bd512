import { linearAttention } from "../layers/linear-attn";
import type { ArchitectureReader } from "./architecture";
import { flaModel } from "./fla";
import { readGroupedHeads } from "./grouped-heads";

const featureMaps = ["elementwise_product", "hedgehog", "t2r", "dpfp", "elu", "relu", "identity"] as const;

/** FLA: LinearAttentionForCausalLM. */
export const linearAttnModel: ArchitectureReader = (config) =>
  flaModel("linear_attn", config, (common) =>
    linearAttention({
      ...readGroupedHeads(config, common, { expandK: 1, expandV: 1, numHeads: 4 }),
      featureMap: config.oneOf("feature_map", featureMaps, "elementwise_product"),
      tieFeatureMap: config.boolean("tie_feature_map_qk", false),
      normQ: config.boolean("norm_q", false),
      normK: config.boolean("norm_k", false),
      normalize: config.boolean("norm_feature_map", false),
    }),
  );
