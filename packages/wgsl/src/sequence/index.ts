export { attention } from "./attention";
export { cumulative } from "./cumulative";
export { shortConv, tokenShift } from "./neighbours";
export { rotary } from "./rotary";
