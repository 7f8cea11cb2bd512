import { UnsupportedError } from "@webfla/ops";
import { show } from "../errors";
import type { ArchitectureReader, ConfiguredArchitecture } from "./architecture";
import { combaModel } from "./comba";
import { ConfigReader } from "./config";
import { deltaNetModel } from "./delta-net";
import { forgettingTransformerModel } from "./forgetting-transformer";
import { gatedDeltaNetModel } from "./gated-deltanet";
import { gatedDeltaProductModel } from "./gated-deltaproduct";
import { gdn2Model } from "./gdn2";
import { kdaModel } from "./kda";
import { precondGatedDeltaNetModel } from "./precond-gated-deltanet";
import { precondKdaModel } from "./precond-kda";
import { rwkv6Model } from "./rwkv6";
import { rwkv7Model } from "./rwkv7";
import { transformerModel } from "./transformer";

const readers: ReadonlyMap<string, ArchitectureReader> = new Map([
  ["gated_deltanet", gatedDeltaNetModel],
  ["rwkv7", rwkv7Model],
  ["rwkv6", rwkv6Model],
  ["forgetting_transformer", forgettingTransformerModel],
  ["transformer", transformerModel],
  ["comba", combaModel],
  ["delta_net", deltaNetModel],
  ["gated_deltaproduct", gatedDeltaProductModel],
  ["gdn2", gdn2Model],
  ["kda", kdaModel],
  ["precond_gated_deltanet", precondGatedDeltaNetModel],
  ["precond_kda", precondKdaModel],
]);

/** Every `model_type` that can be loaded. */
export const modelTypes: readonly string[] = [...readers.keys()];

/** The model that a parsed config.json stands for. Throws UnsupportedError or CheckpointError with the key that is at fault. */
export function readConfig(config: unknown): ConfiguredArchitecture {
  const type = (config as { model_type?: unknown } | null)?.model_type;
  const values = new ConfigReader(config);
  const reader = typeof type === "string" ? readers.get(type) : undefined;
  if (!reader)
    throw new UnsupportedError(
      `config: model_type must be one of ${modelTypes.join(", ")}, got ${show(type)}. Choose another checkpoint.`,
    );
  const architecture = reader(values);
  values.finish();
  return { ...architecture, config: config as ConfiguredArchitecture["config"] };
}
