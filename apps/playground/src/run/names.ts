import type { SideName } from "./request";

export const titles: Record<SideName, string> = { cpu: "CPU", webgpu: "WebGPU" };
