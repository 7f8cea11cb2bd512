export { attention, forgetSlot, forgetSums, sinkSlot } from "./attention";
export { cumulative, spansOf } from "./cumulative";
export { cuSeqlensOf, historySlot, seqIdxOf, shortConv, tokenShift } from "./neighbours";
export { rotary } from "./rotary";
