export const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

export const logSigmoid = (x: number): number => -softplus(-x);

/**
 * The error function to f64 accuracy: its Taylor series below 2.5, the continued fraction of erfc above
 * (Abramowitz & Stegun 7.1.6, 7.1.14).
 */
export function erf(x: number): number {
  const z = Math.abs(x);
  if (z > 6) return Math.sign(x);
  const gauss = Math.exp(-z * z) / Math.sqrt(Math.PI);
  if (z < 2.5) {
    let term = 2 * x;
    let sum = term;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return gauss * sum;
  }
  let tail = 0;
  for (let n = 60; n > 0; n--) tail = n / 2 / (z + tail);
  return Math.sign(x) * (1 - gauss / (z + tail));
}
