export { relativeRmse } from "./compare";
export type { Line, Verdict } from "./line";
export { type StorageType, type Target, targetOf, tolerances } from "./target";
export { verify } from "./verify";
export { GoldenError, type Subject, subjects } from "./walk";
