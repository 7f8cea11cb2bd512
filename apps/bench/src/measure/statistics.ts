import type { Spread, Warm } from "./measurement";

/** A quantile of sorted numbers, between neighbours where it falls between. */
export function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return low + (high - low) * (at - Math.floor(at));
}

export const median = (numbers: readonly number[]): number =>
  quantile(
    [...numbers].sort((a, b) => a - b),
    0.5,
  );

export function spread(ms: readonly number[]): Spread {
  const sorted = [...ms].sort((a, b) => a - b);
  return {
    medianMs: quantile(sorted, 0.5),
    p10Ms: quantile(sorted, 0.1),
    p90Ms: quantile(sorted, 0.9),
    samples: sorted.length,
  };
}

export const warmOf = (ms: readonly number[]): Warm => ({
  ...spread(ms),
  fastestMs: Math.min(...ms),
  slowestMs: Math.max(...ms),
});

/** The exponent p of y = c xᵖ, by least squares of the logarithms. */
export function exponent(points: readonly { readonly x: number; readonly y: number }[]): number {
  const logs = points.map(({ x, y }) => [Math.log(x), Math.log(y)] as const);
  const mean = (i: 0 | 1) => logs.reduce((sum, p) => sum + p[i], 0) / logs.length;
  const [mx, my] = [mean(0), mean(1)];
  const slope = logs.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  return slope / logs.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
}

/** sqrt(Σ(x − y)² / Σy²); NaN where a number is, or where the sizes differ. */
export function relativeError(x: ArrayLike<number>, y: ArrayLike<number>): number {
  if (x.length !== y.length) return Number.NaN;
  let [error, size] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    error += (x[i]! - y[i]!) ** 2;
    size += y[i]! ** 2;
  }
  return error === 0 ? 0 : Math.sqrt(error / size);
}
