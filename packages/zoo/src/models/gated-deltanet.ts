import { gatedDeltaNet } from "../layers/gated-deltanet";
import type { ArchitectureReader } from "./architecture";
import { flaModel } from "./fla";

/** FLA: GatedDeltaNetForCausalLM. */
export const gatedDeltaNetModel: ArchitectureReader = (config) =>
  flaModel("gated_deltanet", config, (common) => {
    const headDim = config.integer("head_dim", { max: 65_535, default: 256 });
    const numHeads = config.integer("num_heads", { max: 65_535, default: 6 });
    const numValueHeads = config.integer("num_v_heads", { max: 65_535, default: numHeads });
    if (numValueHeads % numHeads !== 0)
      throw config.error("num_v_heads", `a multiple of num_heads ${numHeads}`, numValueHeads);
    const expandV = config.number("expand_v", { default: 2 });
    const valueDim = headDim * expandV;
    if (!Number.isInteger(valueDim) || valueDim < 1)
      throw config.error("expand_v", `such that head_dim ${headDim} times it is a whole number`, expandV);
    const convSize = config.integer("conv_size", { max: 64, default: 4 });
    return gatedDeltaNet({
      ...common,
      headDim,
      numHeads,
      numValueHeads,
      valueDim,
      useGate: config.boolean("use_gate", true),
      convSize: config.boolean("use_short_conv", true) ? convSize : 0,
      allowNegEigval: config.boolean("allow_neg_eigval", false),
    });
  });
