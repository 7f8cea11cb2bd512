import { ConfigReader } from "../config";
import { kimiLinear } from "./kimi";
import type { Layout } from "./layout";
import { mamba, mamba2 } from "./mamba";
import { qwen3Next, qwen35 } from "./qwen";

export { inFlaLayout, type Layout } from "./layout";

type LayoutReader = (config: ConfigReader) => Layout;

const readers: ReadonlyMap<string, LayoutReader> = new Map([
  ["kimi_linear", kimiLinear],
  ["qwen3_5_text", qwen35],
  ["qwen3_next", qwen3Next],
]);

/** Those that FLA has too, and where the key that only Hugging Face's configurations have. */
const alike: ReadonlyMap<string, LayoutReader> = new Map([
  ["mamba", mamba],
  ["mamba2", mamba2],
]);
const ofHuggingFace = "layer_norm_epsilon";

/** Every `model_type` of another library that is read as one of FLA's. */
export const foreignModelTypes: readonly string[] = [...readers.keys()];

/** A configuration of another library in FLA's terms; nothing for FLA's own. */
export function layoutOf(config: unknown): Layout | undefined {
  const { model_type: type, [ofHuggingFace]: foreign } = (config ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof type !== "string") return undefined;
  const reader = readers.get(type) ?? (foreign === undefined ? undefined : alike.get(type));
  if (!reader) return undefined;
  const values = new ConfigReader(config);
  const layout = reader(values);
  values.finish();
  return { ...layout, config: { ...layout.config, ...kept(config as Readonly<Record<string, unknown>>) } };
}

/** Keys that mean the same to everyone. */
const shared = [
  "bos_token_id",
  "eos_token_id",
  "pad_token_id",
  "max_position_embeddings",
  "initializer_range",
];
const kept = (config: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(shared.filter((key) => Object.hasOwn(config, key)).map((key) => [key, config[key]]));
