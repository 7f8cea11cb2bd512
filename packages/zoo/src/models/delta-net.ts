import { deltaNet } from "../layers/delta-net";
import type { ArchitectureReader } from "./architecture";
import type { ConfigReader } from "./config";
import { readConvSize } from "./conv-size";
import { expectTrue } from "./delta-heads";
import { flaModel } from "./fla";

/** FLA: DeltaNetForCausalLM. */
export const deltaNetModel: ArchitectureReader = (config) =>
  flaModel("delta_net", config, (common) => {
    const numHeads = config.integer("num_heads", { max: 65_535, default: 16 });
    expectTrue(config, "use_output_norm");
    return deltaNet({
      ...common,
      numHeads,
      headDim: perHead(config, "expand_k", common.hiddenSize, numHeads),
      valueDim: perHead(config, "expand_v", common.hiddenSize, numHeads),
      useBeta: config.boolean("use_beta", true),
      useGate: config.boolean("use_gate", false),
      convSize: readConvSize(config, true),
      allowNegEigval: config.boolean("allow_neg_eigval", false),
      qkActivation: config.oneOf("qk_activation", ["silu", "relu", "elu", "identity"], "silu"),
      qkNorm: config.oneOf("qk_norm", ["l2", "sum"], "l2"),
    });
  });

function perHead(config: ConfigReader, key: string, hiddenSize: number, numHeads: number): number {
  const ratio = config.number(key, { default: 1 });
  const channels = Math.trunc(hiddenSize * ratio) / numHeads;
  if (Number.isInteger(channels) && channels > 0) return channels;
  throw config.error(
    key,
    `such that hidden_size ${hiddenSize} times it is a multiple of ${numHeads} heads`,
    ratio,
  );
}
