import type { GroupedHeads } from "../modules/grouped-heads";
import type { Common } from "./causal-lm";
import type { ConfigReader } from "./config";

interface Defaults {
  readonly expandK: number;
  readonly expandV: number;
  readonly numHeads: number;
}

/** `num_heads`, `num_kv_heads` and the expansions of hidden_size to keys and values. */
export function readGroupedHeads(
  config: ConfigReader,
  { hiddenSize, normEps }: Common,
  defaults: Defaults,
): GroupedHeads {
  const numHeads = config.integer("num_heads", { max: 65_535, default: defaults.numHeads });
  const numKvHeads = config.integer("num_kv_heads", { max: 65_535, default: numHeads });
  if (numHeads % numKvHeads !== 0)
    throw config.error("num_kv_heads", `a divisor of num_heads ${numHeads}`, numKvHeads);
  const perHead = (key: string, otherwise: number): number => {
    const expand = config.number(key, { default: otherwise });
    const size = Math.trunc(hiddenSize * expand) / numHeads;
    if (Number.isInteger(size) && size > 0) return size;
    throw config.error(key, `such that hidden_size ${hiddenSize} times it makes ${numHeads} heads`, expand);
  };
  return {
    hiddenSize,
    numHeads,
    numKvHeads,
    headDim: perHead("expand_k", defaults.expandK),
    valueDim: perHead("expand_v", defaults.expandV),
    normEps,
  };
}

/** The rotary positions turn channels in pairs. */
export function expectEvenHeads(
  config: ConfigReader,
  key: string,
  { headDim }: { readonly headDim: number },
): void {
  if (headDim % 2 !== 0) throw config.error(key, "such that keys have an even number of channels", headDim);
}
