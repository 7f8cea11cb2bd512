/** Whether this browser has WebGPU at all; whether it has an adapter shows when one is asked for. */
export const hasWebGpu = "gpu" in navigator && navigator.gpu !== undefined;
