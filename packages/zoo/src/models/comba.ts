import { comba } from "../layers/comba";
import type { ArchitectureReader } from "./architecture";
import { deltaHeads, expectTrue } from "./delta-heads";
import { flaModel } from "./fla";

/** FLA: CombaForCausalLM. */
export const combaModel: ArchitectureReader = (config) =>
  flaModel("comba", config, (common) => {
    expectTrue(config, "use_inner_decay");
    expectTrue(config, "use_output_correction");
    return comba({
      ...deltaHeads(config, common, { headDim: 256, numHeads: 6, expandV: 2 }),
      useInnerDecay: true,
      useOutputCorrection: true,
      useOutputGate: config.boolean("use_output_gate", true),
    });
  });
