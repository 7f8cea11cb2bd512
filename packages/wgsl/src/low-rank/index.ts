export { interleaveKeys } from "./interleave";
