import { gatedDeltaNet2 } from "../layers/gdn2";
import type { ArchitectureReader } from "./architecture";
import { deltaHeads } from "./delta-heads";
import { flaModel } from "./fla";

/** FLA's layer GatedDeltaNet2, which FLA puts in no model, in the block that its models share. */
export const gdn2Model: ArchitectureReader = (config) =>
  flaModel("gdn2", config, (common) =>
    gatedDeltaNet2({
      ...deltaHeads(config, common, { headDim: 128, numHeads: 16, expandV: 1 }),
      allowNegEigval: config.boolean("allow_neg_eigval", false),
    }),
  );
