import { gatedDeltaProduct } from "../layers/gated-deltaproduct";
import type { ArchitectureReader } from "./architecture";
import { deltaHeads } from "./delta-heads";
import { flaModel } from "./fla";

/** FLA: GatedDeltaProductForCausalLM, whose value heads are as many as its key heads. */
export const gatedDeltaProductModel: ArchitectureReader = (config) =>
  flaModel("gated_deltaproduct", config, (common) =>
    gatedDeltaProduct({
      ...deltaHeads(config, common, { headDim: 256, numHeads: 6, expandV: 2, grouped: false }),
      numHouseholder: config.integer("num_householder", { max: 64, default: 1 }),
      useForgetGate: config.boolean("use_forget_gate", false),
      useOutputGate: config.boolean("use_output_gate", true),
      allowNegEigval: config.boolean("allow_neg_eigval", false),
    }),
  );
