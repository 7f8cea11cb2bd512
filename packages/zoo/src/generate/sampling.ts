import { ShapeError } from "@webfla/ops";

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

export function checkSampling(
  { temperature = 1, topK = 0, topP = 1 }: SamplingOptions,
  op = "generate",
): Sampling {
  const must = (name: string, rule: string, good: boolean, got: number): void => {
    if (!good) throw new ShapeError(`${op}: ${name} must be ${rule}, got ${got}. Correct the argument.`);
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
