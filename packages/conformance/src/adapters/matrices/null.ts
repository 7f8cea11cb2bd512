import { claimInfo, claimLimits, override } from "./claim";
import idle from "./idle.wgsl";

/** Workgroup memory of a device with matrices; Dawn's null device has half of it. */
const WORKGROUP_BYTES = 32_768;
const tooLarge = /total use of workgroup storage \((\d+) bytes\)/;

/** Makes a device that executes nothing say that it has matrices, and take kernels with the workgroup memory of those that do. */
export function nullWithMatrices(device: GPUDevice): GPUDevice {
  const compile = device.createComputePipelineAsync.bind(device);
  return override(device, {
    adapterInfo: claimInfo(device.adapterInfo),
    limits: claimLimits(device.limits, { maxComputeWorkgroupStorageSize: WORKGROUP_BYTES }),
    createComputePipelineAsync: (descriptor: GPUComputePipelineDescriptor) =>
      compile(descriptor).catch((error: Error) => {
        const bytes = Number(tooLarge.exec(error.message)?.[1] ?? Number.POSITIVE_INFINITY);
        if (bytes > WORKGROUP_BYTES) throw error;
        // the shader is right: only this device has no memory for what it will not run
        return compile({ ...descriptor, compute: { module: device.createShaderModule({ code: idle }) } });
      }),
  });
}
