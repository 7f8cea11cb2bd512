export type { PassOptions, PassProgress } from "./passes";
export { type Score, type ScoreOptions, type ScoreProgress, score } from "./score";
