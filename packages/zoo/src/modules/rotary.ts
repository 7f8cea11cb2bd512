import type { Ops, Tensor } from "@webfla/ops";
import type { LayerContext } from "../layers/layer";

/** Turns x [T, heads, dim] by the positions of its tokens (Su et al. 2021, arXiv:2104.09864). dim is even. */
export function rotaryOf<T extends Tensor>(
  ops: Ops<T>,
  { varlen, positions }: LayerContext<T>,
  dim: number,
  base = 10_000,
): (x: T) => T {
  const table = positions.rotary(dim, base);
  const shape = [varlen.totalTokens, dim / 2];
  const [cos, sin] = [ops.tensor(table.cos, shape), ops.tensor(table.sin, shape)];
  return (x) => ops.rotary({ x, cos, sin, offsets: table.offsets, varlen });
}
