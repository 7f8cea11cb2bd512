import { claimInfo, claimLimits, override } from "./claim";
import idle from "./idle.wgsl";

const tooLarge = /total use of workgroup storage \((\d+) bytes\)/;

/** Makes a device that executes nothing say that it has matrices, and take kernels with so much workgroup memory, of which it has less. */
export function nullWithMatrices(device: GPUDevice, workgroupBytes: number): GPUDevice {
  const compile = device.createComputePipelineAsync.bind(device);
  return override(device, {
    adapterInfo: claimInfo(device.adapterInfo),
    limits: claimLimits(device.limits, { maxComputeWorkgroupStorageSize: workgroupBytes }),
    createComputePipelineAsync: (descriptor: GPUComputePipelineDescriptor) =>
      compile(descriptor).catch((error: Error) => {
        const bytes = Number(tooLarge.exec(error.message)?.[1] ?? Number.POSITIVE_INFINITY);
        if (bytes > workgroupBytes) throw error;
        // the shader is right: only this device has no memory for what it will not run
        return compile({ ...descriptor, compute: { module: device.createShaderModule({ code: idle }) } });
      }),
  });
}
