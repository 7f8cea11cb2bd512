import { gatedSlotAttention } from "../layers/gsa";
import type { ArchitectureReader } from "./architecture";
import { readConvSize } from "./conv-size";
import { flaModel } from "./fla";
import { readGroupedHeads } from "./grouped-heads";

/** FLA: GSAForCausalLM. */
export const gsaModel: ArchitectureReader = (config) => {
  // FLA's layer takes them and does nothing with them
  config.ignore("clamp_min", "clamp_max", "use_output_gate", "use_norm");
  return flaModel("gsa", config, (common) => {
    // the constructor's arguments are misspelled in FLA, what it saves is not
    const [expandK, expandV] = ["exapnd_k", "exapnd_v"].map((key) => config.number(key, { default: 1 })) as [
      number,
      number,
    ];
    const heads = readGroupedHeads(config, common, { expandK, expandV, numHeads: 4 });
    return gatedSlotAttention({
      ...heads,
      numSlots: config.isNull("num_slots") ? heads.headDim : config.integer("num_slots", { default: 64 }),
      featureMap: config.oneOf("feature_map", ["swish", "relu", "t2r"], "swish"),
      convSize: readConvSize(config, false),
      gateLogitNormalizer: config.number("gate_logit_normalizer", { default: 8 }),
    });
  });
};
