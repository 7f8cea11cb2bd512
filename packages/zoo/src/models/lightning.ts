import { lightningAttention } from "../layers/lightning";
import type { ArchitectureReader } from "./architecture";
import { readConvSize } from "./conv-size";
import { flaModel } from "./fla";
import { readGroupedHeads } from "./grouped-heads";

/** FLA has the operator alone; the block around it is FLA's usual one. */
export const lightningModel: ArchitectureReader = (config) =>
  flaModel("lightning", config, (common, layerIdx) =>
    lightningAttention({
      ...readGroupedHeads(config, common, { expandK: 1, expandV: 1, numHeads: 8 }),
      convSize: readConvSize(config, false),
      layerIdx,
      numLayers: common.layers,
    }),
  );
