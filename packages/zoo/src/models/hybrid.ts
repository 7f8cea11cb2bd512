import { type AttentionOptions, attention } from "../layers/attention";
import type { Layer } from "../layers/layer";
import type { ConfigReader } from "./config";

/** Heads and biases of a softmax attention; `numHeads` is the default. */
export function readHeads(
  config: ConfigReader,
  hiddenSize: number,
  numHeads?: number,
): Pick<AttentionOptions, "hiddenSize" | "numHeads" | "numKvHeads" | "qkvBias"> {
  const heads = config.integer("num_heads", numHeads ? { default: numHeads } : {});
  const numKvHeads = config.integer("num_kv_heads", { default: heads });
  if (hiddenSize % heads !== 0)
    throw config.error("num_heads", `a divisor of hidden_size ${hiddenSize}`, heads);
  if (heads % numKvHeads !== 0)
    throw config.error("num_kv_heads", `a divisor of num_heads ${heads}`, numKvHeads);
  return { hiddenSize, numHeads: heads, numKvHeads, qkvBias: config.boolean("qkv_bias", false) };
}

/** Softmax attention with rotary positions; `numHeads` is the default. */
export function readAttention(config: ConfigReader, hiddenSize: number, numHeads?: number): AttentionOptions {
  const heads = readHeads(config, hiddenSize, numHeads);
  if (hiddenSize % (2 * heads.numHeads) !== 0)
    throw config.error("num_heads", `such that heads of hidden_size ${hiddenSize} are even`, heads.numHeads);
  return {
    ...heads,
    windowSize: config.integer("window_size", { min: 0, max: 2 ** 31 - 1, default: 0 }),
    ropeTheta: config.number("rope_theta", { min: 1, default: 10_000 }),
  };
}

/** The layers that `attn`, a specification or a list of them, turns into softmax attention. */
export function hybridLayers(
  config: ConfigReader,
  layers: number,
  hiddenSize: number,
): ReadonlyMap<number, Layer> {
  const replaced = new Map<number, Layer>();
  for (const spec of config.objects("attn")) {
    const layer = attention(readAttention(spec, hiddenSize));
    for (const i of spec.integers("layers", { max: layers - 1 })) {
      if (replaced.has(i)) throw spec.error("layers", "given once each", i);
      replaced.set(i, layer);
    }
    spec.finish();
  }
  return replaced;
}
