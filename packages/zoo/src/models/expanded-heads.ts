import type { ConfigReader } from "./config";

export interface ExpandedHeads {
  readonly numHeads: number;
  /** Channels of a key, K. */
  readonly headDim: number;
}

/** Heads given by their number, by the channels of a key (`expand_ratio`), or both. */
export function readExpandedHeads(config: ConfigReader, hiddenSize: number): ExpandedHeads {
  const given = config.has("num_heads");
  const headDim = config.isNull("expand_ratio")
    ? hiddenSize / config.integer("num_heads", { max: 65_535 })
    : config.integer("expand_ratio", { max: 65_535, default: 128 });
  const numHeads = given ? config.integer("num_heads", { max: 65_535 }) : hiddenSize / headDim;
  if (!Number.isInteger(hiddenSize / numHeads) || !Number.isInteger(headDim) || !Number.isInteger(numHeads))
    throw config.error(
      given ? "num_heads" : "expand_ratio",
      `a divisor of hidden_size ${hiddenSize}`,
      given ? numHeads : headDim,
    );
  return { numHeads, headDim };
}
