import { randomStream } from "@webfla/zoo/generate";

/** Lengths that add up to about a total; the larger the skew, the fewer hold most of it. */
export function skewed(sequences: number, total: number, skew: number, seed: number): number[] {
  const next = randomStream(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const weights = Array.from({ length: sequences }, () => Math.exp(skew * normal()));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((w) => Math.round((total * w) / sum));
}
