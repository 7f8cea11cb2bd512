import type { DeltaHeads } from "../modules/delta-heads";
import type { ConfigReader } from "./config";
import { readConvSize } from "./conv-size";
import type { Common } from "./fla";

interface Defaults {
  readonly headDim: number;
  readonly numHeads: number;
  readonly expandV: number;
  /** Whether the configuration may set the number of value heads. */
  readonly grouped?: boolean | undefined;
}

/** The sizes that FLA's models of the delta family share; each has its own defaults. */
export function deltaHeads(
  config: ConfigReader,
  { hiddenSize, normEps }: Common,
  { headDim: K, numHeads: H, expandV: ratio, grouped = true }: Defaults,
): DeltaHeads {
  const headDim = config.integer("head_dim", { max: 65_535, default: K });
  const numHeads = config.integer("num_heads", { max: 65_535, default: H });
  const numValueHeads = grouped
    ? config.integer("num_v_heads", { max: 65_535, default: numHeads })
    : numHeads;
  if (numValueHeads % numHeads !== 0)
    throw config.error("num_v_heads", `a multiple of num_heads ${numHeads}`, numValueHeads);
  const expandV = config.number("expand_v", { default: ratio });
  // a ratio such as 1/49 is not exact
  const valueDim = Math.round(headDim * expandV);
  if (Math.abs(valueDim - headDim * expandV) > 1e-6 || valueDim < 1)
    throw config.error("expand_v", `such that head_dim ${headDim} times it is a whole number`, expandV);
  return {
    hiddenSize,
    normEps,
    headDim,
    numHeads,
    numValueHeads,
    valueDim,
    convSize: readConvSize(config, true),
  };
}

/** The bound that log decays stay above, where there is one; FLA's `safe_gate` promises its kernels that it is at least −5. */
export function lowerBound(config: ConfigReader): number | undefined {
  const safe = config.boolean("safe_gate", false);
  if (!safe && !config.has("lower_bound")) return undefined;
  return config.number("lower_bound", { min: safe ? -5 : -1000, max: -1e-6 });
}

/** How far a preconditioner may scale a key. */
export const squash = (config: ConfigReader): { readonly squashX: number; readonly squashEps: number } => ({
  squashX: config.number("squash_x", { min: 1, default: 1.5 }),
  squashEps: config.number("squash_eps", { default: 1e-6 }),
});

/** For a switch that FLA's configurations have and its models pass on to no layer. */
export function expectTrue(config: ConfigReader, key: string): void {
  if (!config.boolean(key, true))
    throw config.error(key, "true, because FLA's model has no way to switch it off", false);
}
