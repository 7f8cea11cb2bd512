interface Draw {
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  /** A point in [0, 1). */
  readonly uniform: number;
}

/**
 * A token drawn from a row of finite logits, ties to the lower id: the topK likeliest, of them the fewest likeliest whose
 * softmax at that temperature adds up to topP (Holtzman et al. 2020), of them the one whose share holds the point.
 * With all kept the shares lie in the order of the ids. Also the token's log-probability under the plain softmax.
 */
export function sample(
  logits: ArrayLike<number>,
  { temperature, topK, topP, uniform }: Draw,
): { readonly token: number; readonly logProbability: number } {
  const x = Array.from(logits);
  const highest = Math.max(...x);
  const logSum = Math.log(x.reduce((sum, y) => sum + Math.exp(y - highest), 0));
  const chosen = (token: number) => ({ token, logProbability: x[token]! - highest - logSum });
  if (temperature === 0) return chosen(x.indexOf(highest));
  const ids = [...x.keys()];
  const ranked = topK > 0 || topP < 1 ? ids.sort((i, j) => x[j]! - x[i]! || i - j) : ids;
  const candidates = topK > 0 ? ranked.slice(0, topK) : ranked;
  let sum = 0;
  const running = candidates.map((i) => (sum += Math.exp((x[i]! - highest) / temperature)));
  const mass = running.find((share) => share >= topP * sum)!;
  return chosen(candidates[running.findIndex((share) => share > uniform * mass)]!);
}
