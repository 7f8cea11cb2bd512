import { ConfigReader } from "../config";
import { kimiLinear } from "./kimi";
import type { Layout } from "./layout";
import { qwen3Next, qwen35 } from "./qwen";

export { inFlaLayout, type Layout } from "./layout";

const readers: ReadonlyMap<string, (config: ConfigReader) => Layout> = new Map([
  ["kimi_linear", kimiLinear],
  ["qwen3_5_text", qwen35],
  ["qwen3_next", qwen3Next],
]);

/** Every `model_type` of another library that is read as one of FLA's. */
export const foreignModelTypes: readonly string[] = [...readers.keys()];

/** A configuration of another library in FLA's terms; nothing for FLA's own. */
export function layoutOf(config: unknown): Layout | undefined {
  const type = (config as { model_type?: unknown } | null)?.model_type;
  const reader = typeof type === "string" ? readers.get(type) : undefined;
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
