export { type AttentionOptions, attention } from "./layer";
