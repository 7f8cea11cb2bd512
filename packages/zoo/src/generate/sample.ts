import { ShapeError, WebflaError } from "@webfla/ops";

export interface SamplingOptions {
  /** Divides the logits; 0 takes the likeliest token. Default 1. */
  readonly temperature?: number | undefined;
  /** Keeps the k likeliest tokens; 0 keeps all. Default 0. */
  readonly topK?: number | undefined;
  /** Keeps the likeliest tokens that together have at least this probability (Holtzman et al. 2020). Default 1. */
  readonly topP?: number | undefined;
}

/** Every choice made. */
export type Sampling = { readonly [P in keyof SamplingOptions]-?: number };

export interface Sample {
  readonly token: number;
  /** Natural logarithm of the model's own probability, before temperature, topK and topP. */
  readonly logProbability: number;
}

export function checkSampling({ temperature = 1, topK = 0, topP = 1 }: SamplingOptions): Sampling {
  const must = (name: string, rule: string, good: boolean, got: number): void => {
    if (!good) throw new ShapeError(`generate: ${name} must be ${rule}, got ${got}. Correct the argument.`);
  };
  must(
    "temperature",
    "at least 0 and finite",
    temperature >= 0 && temperature < Number.POSITIVE_INFINITY,
    temperature,
  );
  must("topK", "an integer from 0", Number.isInteger(topK) && topK >= 0, topK);
  must("topP", "in (0, 1]", topP > 0 && topP <= 1, topP);
  return { temperature, topK, topP };
}

/** Draws a token from a row of logits, in f64; ties go to the lower id. `random` is called once unless greedy. */
export function sample(logits: Float32Array, options: Sampling, random: () => number): Sample {
  const best = argmax(logits);
  const highest = logits[best]!;
  if (!Number.isFinite(highest))
    throw new WebflaError(
      `generate: logits must be finite, got ${highest} for token ${best}. The checkpoint or the state is broken.`,
    );
  const token = options.temperature === 0 ? best : draw(logits, highest, options, random);
  const total = logits.reduce((sum, x) => sum + Math.exp(x - highest), 0);
  return { token, logProbability: logits[token]! - highest - Math.log(total) };
}

/** The first NaN where there is one. */
function argmax(logits: Float32Array): number {
  let best = 0;
  for (let i = 0; i < logits.length; i++) {
    if (Number.isNaN(logits[i])) return i;
    if (logits[i]! > logits[best]!) best = i;
  }
  return best;
}

function draw(
  logits: Float32Array,
  highest: number,
  { temperature, topK, topP }: Sampling,
  random: () => number,
): number {
  const ids = Array.from(logits.keys());
  // a sort is stable, so equal logits stay in the order of their ids
  const ranked = topK || topP < 1 ? ids.sort((a, b) => logits[b]! - logits[a]!) : ids;
  const candidates = topK ? ranked.slice(0, topK) : ranked;
  let sum = 0;
  const cumulative = candidates.map((i) => (sum += Math.exp((logits[i]! - highest) / temperature)));
  const mass = cumulative.find((c) => c >= topP * sum)!;
  const point = random() * mass;
  return candidates[cumulative.findIndex((c) => c > point)]!;
}
