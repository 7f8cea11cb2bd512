export { type ForgettingAttentionOptions, forgettingAttention } from "./layer";
