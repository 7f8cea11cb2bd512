import type { UnaryKind } from "@webfla/ops";
import type { ConfigReader } from "./config";

const kinds = {
  relu: "relu",
  sigmoid: "sigmoid",
  logsigmoid: "logSigmoid",
  silu: "silu",
  swish: "silu",
  sqrelu: "squaredRelu",
} as const satisfies Readonly<Record<string, UnaryKind>>;

/** `feature_map`: the activation of queries and keys, if any. */
export const readFeatureMap = (config: ConfigReader): UnaryKind | undefined =>
  config.has("feature_map")
    ? kinds[config.oneOf("feature_map", Object.keys(kinds) as (keyof typeof kinds)[])]
    : undefined;
