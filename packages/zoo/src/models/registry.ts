import { UnsupportedError } from "@webfla/ops";
import { show } from "../errors";
import { abcModel } from "./abc";
import type { ArchitectureReader, ConfiguredArchitecture } from "./architecture";
import { combaModel } from "./comba";
import { ConfigReader } from "./config";
import { deltaNetModel } from "./delta-net";
import { forgettingTransformerModel } from "./forgetting-transformer";
import { gatedDeltaNetModel } from "./gated-deltanet";
import { gatedDeltaProductModel } from "./gated-deltaproduct";
import { gdn2Model } from "./gdn2";
import { glaModel } from "./gla";
import { gsaModel } from "./gsa";
import { hgrnModel } from "./hgrn";
import { hgrn2Model } from "./hgrn2";
import { kdaModel } from "./kda";
import { foreignModelTypes, layoutOf } from "./layouts";
import { lightNetModel } from "./lightnet";
import { lightningModel } from "./lightning";
import { linearAttnModel } from "./linear-attn";
import { mambaModel } from "./mamba";
import { mamba2Model } from "./mamba2";
import { precondGatedDeltaNetModel } from "./precond-gated-deltanet";
import { precondKdaModel } from "./precond-kda";
import { retNetModel } from "./retnet";
import { rwkv6Model } from "./rwkv6";
import { rwkv7Model } from "./rwkv7";
import { simpleGlaModel } from "./simple-gla";
import { transformerModel } from "./transformer";

const readers: ReadonlyMap<string, ArchitectureReader> = new Map([
  ["abc", abcModel],
  ["comba", combaModel],
  ["delta_net", deltaNetModel],
  ["forgetting_transformer", forgettingTransformerModel],
  ["gated_deltanet", gatedDeltaNetModel],
  ["gated_deltaproduct", gatedDeltaProductModel],
  ["gdn2", gdn2Model],
  ["gla", glaModel],
  ["gsa", gsaModel],
  ["hgrn", hgrnModel],
  ["hgrn2", hgrn2Model],
  ["kda", kdaModel],
  ["lightnet", lightNetModel],
  ["lightning", lightningModel],
  ["linear_attn", linearAttnModel],
  ["mamba", mambaModel],
  ["mamba2", mamba2Model],
  ["precond_gated_deltanet", precondGatedDeltaNetModel],
  ["precond_kda", precondKdaModel],
  ["retnet", retNetModel],
  ["rwkv6", rwkv6Model],
  ["rwkv7", rwkv7Model],
  ["simple_gla", simpleGlaModel],
  ["transformer", transformerModel],
]);

/** Every `model_type` that can be loaded. */
export const modelTypes: readonly string[] = [...readers.keys()];

/** The model that a parsed config.json stands for. Throws UnsupportedError or CheckpointError with the key that is at fault. */
export function readConfig(config: unknown): ConfiguredArchitecture {
  const layout = layoutOf(config);
  if (layout) return { ...readConfig(layout.config), layout };
  const type = (config as { model_type?: unknown } | null)?.model_type;
  const values = new ConfigReader(config);
  const reader = typeof type === "string" ? readers.get(type) : undefined;
  if (!reader)
    throw new UnsupportedError(
      `config: model_type must be one of ${[...modelTypes, ...foreignModelTypes].join(", ")}, got ${show(type)}. Choose another checkpoint.`,
    );
  const architecture = reader(values);
  values.finish();
  return { ...architecture, config: config as ConfiguredArchitecture["config"] };
}
