import { gatedDeltaNet } from "../layers/gated-deltanet";
import type { ArchitectureReader } from "./architecture";
import { deltaHeads } from "./delta-heads";
import { flaModel } from "./fla";

/** FLA: GatedDeltaNetForCausalLM. */
export const gatedDeltaNetModel: ArchitectureReader = (config) =>
  flaModel("gated_deltanet", config, (common) =>
    gatedDeltaNet({
      ...deltaHeads(config, common, { headDim: 256, numHeads: 6, expandV: 2 }),
      useGate: config.boolean("use_gate", true),
      allowNegEigval: config.boolean("allow_neg_eigval", false),
    }),
  );
