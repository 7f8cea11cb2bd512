import type { Ops, Tensor } from "..";

const table = <T extends Tensor>(ops: Ops<T>, heads: number, slope: (h: number) => number): T =>
  ops.tensor(
    Float32Array.from({ length: heads }, (_, h) => slope(h)),
    [heads],
  );

/** log(1 − 2^(−5−h)) for each head, the decay of retention. */
export const headSlopes = <T extends Tensor>(ops: Ops<T>, heads: number): T =>
  table(ops, heads, (h) => Math.log1p(-(2 ** (-5 - h))));

/** −(8/H)(1 − layerIdx/numLayers) h for each head, the decay of lightning attention. */
export const lightningSlopes = <T extends Tensor>(
  ops: Ops<T>,
  heads: number,
  layerIdx: number,
  numLayers: number,
): T => table(ops, heads, (h) => -(8 / heads) * (1 - layerIdx / numLayers) * h);
