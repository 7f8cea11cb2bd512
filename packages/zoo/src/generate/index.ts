export { type GenerateArgs, type GeneratedToken, generate } from "./generate";
export { randomStream } from "./random";
export { type Sample, type SamplingOptions, sample } from "./sample";
