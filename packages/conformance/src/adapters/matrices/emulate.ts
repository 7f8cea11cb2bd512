import { claimInfo, override } from "./claim";
import { withoutMatrices } from "./rewrite";

const FEATURE = "chromium-experimental-subgroup-matrix" as GPUFeatureName;

const claimFeature = (features: GPUSupportedFeatures): GPUSupportedFeatures =>
  new Set([...features, FEATURE]) as unknown as GPUSupportedFeatures;

/** Makes an adapter with f16 give a device that runs shaders with matrices, as if it had them. */
export function withMatrices(adapter: GPUAdapter): GPUAdapter {
  const request = adapter.requestDevice.bind(adapter);
  return override(adapter, {
    features: claimFeature(adapter.features),
    info: claimInfo(adapter.info),
    requestDevice: async ({ requiredFeatures = [], ...rest }: GPUDeviceDescriptor = {}) => {
      const asked = [...requiredFeatures];
      const device = await request({ ...rest, requiredFeatures: asked.filter((f) => f !== FEATURE) });
      return asked.includes(FEATURE) ? emulating(device) : device;
    },
  });
}

function emulating(device: GPUDevice): GPUDevice {
  const create = device.createShaderModule.bind(device);
  return override(device, {
    // its adapterInfo stays: a device of Dawn does not say which products it has either
    features: claimFeature(device.features),
    createShaderModule: ({ code, ...rest }: GPUShaderModuleDescriptor) =>
      create({ ...rest, code: withoutMatrices(code) }),
  });
}
