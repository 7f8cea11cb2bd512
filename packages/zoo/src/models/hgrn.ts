import { hgrnAttention } from "../layers/hgrn";
import type { ArchitectureReader } from "./architecture";
import { readConvSize } from "./conv-size";
import { flaModel } from "./fla";
import { readLowerBounds } from "./lower-bounds";

/** FLA: HGRNForCausalLM. */
export const hgrnModel: ArchitectureReader = (config) => {
  const prelude = readLowerBounds(config);
  return flaModel(
    "hgrn",
    config,
    ({ hiddenSize, normEps }, index) => {
      const ratio = config.number("expand_ratio", { default: 1 });
      const inputDim = Math.trunc(hiddenSize * ratio);
      if (inputDim < 1) throw config.error("expand_ratio", "such that there is a channel", ratio);
      if (prelude && inputDim !== hiddenSize)
        throw config.error("expand_ratio", "1 with use_lower_bound", ratio);
      return hgrnAttention({
        hiddenSize,
        inputDim,
        convSize: readConvSize(config, false),
        lowerBound: prelude && index,
        normEps,
      });
    },
    { prelude },
  );
};
