import { hgrn2Attention } from "../layers/hgrn2";
import type { ArchitectureReader } from "./architecture";
import { readConvSize } from "./conv-size";
import { readExpandedHeads } from "./expanded-heads";
import { flaModel } from "./fla";
import { readLowerBounds } from "./lower-bounds";

/** FLA: HGRN2ForCausalLM. */
export const hgrn2Model: ArchitectureReader = (config) => {
  const prelude = readLowerBounds(config);
  return flaModel(
    "hgrn2",
    config,
    ({ hiddenSize }, index) => {
      const { numHeads, headDim } = readExpandedHeads(config, hiddenSize);
      if (numHeads * headDim !== hiddenSize)
        throw config.error(
          "num_heads",
          `such that heads of expand_ratio ${headDim} make hidden_size`,
          numHeads,
        );
      return hgrn2Attention({
        hiddenSize,
        numHeads,
        headDim,
        convSize: readConvSize(config, false),
        lowerBound: prelude && index,
      });
    },
    { prelude },
  );
};
