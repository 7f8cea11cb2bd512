import { row } from "./shared";

/**
 * The loss of every token (FLA cross_entropy_loss without reduction): 0 where the target is ignored.
 *
 *     o = log Σ e^logits - (1 - ε) logits[target] - ε mean(logits), ε = labelSmoothing, and zLoss times the square of its first term
 *
 * logits [T,V]; target [T], token ids.
 */
export function crossEntropy({
  logits,
  target,
  ignoreIndex = -100,
  labelSmoothing = 0,
  zLoss = 0,
  sizes: { V },
}: {
  logits: Float64Array;
  target: ArrayLike<number>;
  ignoreIndex?: number | undefined;
  labelSmoothing?: number | undefined;
  zLoss?: number | undefined;
  sizes: { V: number };
}): { o: Float64Array } {
  const o = Float64Array.from(target, (id, t) => {
    if (id === ignoreIndex) return 0;
    const z = row(logits, t, V);
    const max = z.reduce((a, b) => Math.max(a, b));
    const logSum = max + Math.log(z.reduce((sum, x) => sum + Math.exp(x - max), 0));
    const mean = z.reduce((sum, x) => sum + x, 0) / V;
    return logSum - (1 - labelSmoothing) * z[id]! - labelSmoothing * mean + zLoss * logSum ** 2;
  });
  return { o };
}
