import { multiScaleRetention } from "../layers/retnet";
import type { ArchitectureReader } from "./architecture";
import { readFeatureMap } from "./feature-map";
import { flaModel } from "./fla";
import { expectEvenHeads, readGroupedHeads } from "./grouped-heads";

/** FLA: RetNetForCausalLM. */
export const retNetModel: ArchitectureReader = (config) => {
  // FLA's model does not hand them to its layer
  config.ignore("use_short_conv", "conv_size");
  const hiddenRatio = 2;
  const mixer: Parameters<typeof flaModel>[2] = (common) => {
    const heads = readGroupedHeads(config, common, { expandK: 1, expandV: 2, numHeads: 8 });
    expectEvenHeads(config, "expand_k", heads);
    return multiScaleRetention({
      ...heads,
      featureMap: readFeatureMap(config),
      convSize: 0,
      useOutputGate: config.boolean("use_output_gate", true),
      fuseNorm: config.boolean("fuse_norm", true),
    });
  };
  return flaModel("retnet", config, mixer, { hiddenRatio });
};
