import type { PlanOptions } from "./linear-attention";
import type { Tiles } from "./product";
import type { RuntimeInfo } from "./runtime";
import table from "./tuning.json";

/** What suits a class of adapters. */
export interface Tuning extends Pick<PlanOptions, "chunkSize" | "recurrentUpTo"> {
  /** Tiles of products. Default: `tiles`. */
  readonly tiles?: Tiles | undefined;
}

/** The class of an adapter, by its vendor and architecture: "nvidia hopper". */
export const tuningClass = ({ vendor, architecture }: Pick<RuntimeInfo, "vendor" | "architecture">): string =>
  [vendor, architecture].filter(Boolean).join(" ") || "unknown";

/** What was measured to suit an adapter's class, wherever nothing else was asked for; `bench tune` writes the table. */
export function tuned(
  asked: Tuning,
  info: Pick<RuntimeInfo, "vendor" | "architecture">,
  tunings: Readonly<Record<string, Tuning>> = table,
): Tuning {
  const known = tunings[tuningClass(info)];
  return {
    chunkSize: asked.chunkSize ?? known?.chunkSize,
    recurrentUpTo: asked.recurrentUpTo ?? known?.recurrentUpTo,
    tiles: asked.tiles ?? known?.tiles,
  };
}
