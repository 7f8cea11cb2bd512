import { abcAttention } from "../layers/abc";
import type { ArchitectureReader } from "./architecture";
import type { ConfigReader } from "./config";
import { readConvSize } from "./conv-size";
import { flaModel } from "./fla";
import { expectEvenHeads, readGroupedHeads } from "./grouped-heads";

/** FLA: ABCForCausalLM. */
export const abcModel: ArchitectureReader = (config) => {
  // FLA's layer takes it and does nothing with it
  config.ignore("gate_low_rank_dim");
  return flaModel("abc", config, (common) => {
    // the constructor's arguments are misspelled in FLA, what it saves is not
    const expandK = config.number("exapnd_k", { default: 0.5 });
    const expandV = config.number("exapnd_v", { default: 1 });
    const heads = readGroupedHeads(config, common, { expandK, expandV, numHeads: 4 });
    const useRope = config.boolean("use_rope", true);
    if (useRope) expectEvenHeads(config, "expand_k", heads);
    return abcAttention({
      ...heads,
      numSlots: config.isNull("num_slots") ? heads.headDim : config.integer("num_slots", { default: 64 }),
      convSize: readConvSize(config, false),
      useRope,
      useOutputGate: true,
      clampMin: bound(config, "clamp_min", -32),
      clampMax: bound(config, "clamp_max", 32),
    });
  });
};

const bound = (config: ConfigReader, key: string, otherwise: number): number | undefined =>
  config.isNull(key) ? undefined : config.number(key, { min: -Number.MAX_VALUE, default: otherwise });
