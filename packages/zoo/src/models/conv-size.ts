import type { ConfigReader } from "./config";

/** Width of the short convolutions, 0 where `use_short_conv` is off. */
export function readConvSize(config: ConfigReader, otherwise: boolean): number {
  const width = config.integer("conv_size", { max: 64, default: 4 });
  return config.boolean("use_short_conv", otherwise) ? width : 0;
}
