interface Settings {
  readonly lr: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
}

/**
 * One number under AdamW through all of its gradients (Loshchilov & Hutter 2019, algorithm 2, with a schedule of 1):
 * moments from zero, their bias taken out, the decay apart from the gradient.
 */
export function adamw(
  start: number,
  gradients: readonly number[],
  { lr, beta1, beta2, eps, weightDecay }: Settings,
): { readonly param: number; readonly m: number; readonly v: number } {
  let [param, m, v] = [start, 0, 0];
  for (const [i, g] of gradients.entries()) {
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g ** 2;
    const unbiased = m / (1 - beta1 ** (i + 1)) / (Math.sqrt(v / (1 - beta2 ** (i + 1))) + eps);
    param -= lr * (unbiased + weightDecay * param);
  }
  return { param, m, v };
}
