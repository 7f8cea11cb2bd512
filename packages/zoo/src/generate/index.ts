export { type GenerateArgs, type GeneratedToken, generate } from "./generate";
export { randomStream } from "./random";
export type { Sample, SamplingOptions } from "./sampling";
