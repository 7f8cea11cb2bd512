export { findEarlier, valuesBack } from "./earlier";
export { interleaveKeys } from "./interleave";
