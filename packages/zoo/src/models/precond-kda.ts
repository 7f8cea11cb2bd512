import { precondKda } from "../layers/precond-kda";
import type { ArchitectureReader } from "./architecture";
import { deltaHeads, lowerBound, squash } from "./delta-heads";
import { flaModel } from "./fla";

/** FLA: PrecondKDAForCausalLM. */
export const precondKdaModel: ArchitectureReader = (config) =>
  flaModel("precond_kda", config, (common) =>
    precondKda({
      ...deltaHeads(config, common, { headDim: 128, numHeads: 16, expandV: 1 }),
      ...squash(config),
      allowNegEigval: config.boolean("allow_neg_eigval", false),
      lowerBound: lowerBound(config),
    }),
  );
