export { createCpu, createCpuBackend } from "./backend/cpu";
export { type CpuOptions, CpuTensor } from "./backend/memory";
