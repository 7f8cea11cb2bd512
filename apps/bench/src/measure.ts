export { once, repeat } from "./measure/host";
export { type Effort, green, type Measurement, type Warm } from "./measure/measurement";
export { relativeError } from "./measure/statistics";
