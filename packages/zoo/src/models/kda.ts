import { kimiDeltaAttention } from "../layers/kda";
import type { ArchitectureReader } from "./architecture";
import { deltaHeads, lowerBound } from "./delta-heads";
import { flaModel } from "./fla";

/** FLA: KDAForCausalLM. */
export const kdaModel: ArchitectureReader = (config) =>
  flaModel("kda", config, (common) =>
    kimiDeltaAttention({
      ...deltaHeads(config, common, { headDim: 128, numHeads: 16, expandV: 1 }),
      allowNegEigval: config.boolean("allow_neg_eigval", false),
      lowerBound: lowerBound(config),
    }),
  );
