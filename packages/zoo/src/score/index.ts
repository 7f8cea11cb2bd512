export { type Score, type ScoreOptions, score } from "./score";
