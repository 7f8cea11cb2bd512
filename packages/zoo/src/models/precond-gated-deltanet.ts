import { precondGatedDeltaNet } from "../layers/precond-gated-deltanet";
import type { ArchitectureReader } from "./architecture";
import { deltaHeads, squash } from "./delta-heads";
import { flaModel } from "./fla";

/** FLA: PrecondGatedDeltaNetForCausalLM. */
export const precondGatedDeltaNetModel: ArchitectureReader = (config) =>
  flaModel("precond_gated_deltanet", config, (common) =>
    precondGatedDeltaNet({
      ...deltaHeads(config, common, { headDim: 256, numHeads: 6, expandV: 2 }),
      ...squash(config),
      useGate: config.boolean("use_gate", true),
      allowNegEigval: config.boolean("allow_neg_eigval", false),
    }),
  );
