import { UnsupportedError } from "@webfla/ops";
import { GpuRuntime } from "./gpu-runtime";
import { hasMatrices } from "./matrices";
import type { Runtime, RuntimeInfo, Tier } from "./runtime";

/** Every optional feature that kernels know how to use. */
export const tiers: readonly Tier[] = [
  "subgroups",
  "shader-f16",
  "timestamp-query",
  "chromium-experimental-subgroup-matrix",
];

const bufferLimits = ["maxBufferSize", "maxStorageBufferBindingSize"] as const;
const kernelLimits = [
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupSizeZ",
] as const;

export interface RuntimeOptions {
  /** Default: the high-performance one of navigator.gpu. Beside a device, the one that gave it: Dawn's devices do not say which matrices they multiply. */
  readonly adapter?: GPUAdapter | undefined;
  /** A caller's device, used with the limits and features it has; its owner destroys it. */
  readonly device?: GPUDevice | undefined;
  /** The optional features that may be used. Default: all that are there; [] is the baseline, whose kernel limits are WebGPU's defaults. */
  readonly tiers?: readonly Tier[] | undefined;
  /** Fills every new tensor with NaN: what a kernel does not write shows. For tests. */
  readonly poison?: boolean | undefined;
  /** Bytes of free buffers that are kept for reuse. Default: twice what was in use at once, or 64 MiB. */
  readonly retainBytes?: number | undefined;
  /** After so many commands they are submitted without being asked. Default 4096. */
  readonly longestList?: number | undefined;
}

/** Opens a device, or wraps a caller's. Throws UnsupportedError where there is no WebGPU or no adapter. */
export async function openRuntime({
  adapter,
  device: theirs,
  tiers: allowed = tiers,
  poison = false,
  retainBytes,
  longestList = 4096,
}: RuntimeOptions = {}): Promise<Runtime> {
  const { device, said } = await open(adapter, theirs, allowed);
  const info = describe(device, said, allowed);
  return new GpuRuntime(device, { info, isOurs: !theirs, poison, retainBytes, longestList });
}

/** A device, and what it or its adapter says of itself. */
async function open(
  adapter: GPUAdapter | undefined,
  device: GPUDevice | undefined,
  allowed: readonly Tier[],
): Promise<{ device: GPUDevice; said: GPUAdapterInfo }> {
  if (device) return { device, said: adapter?.info ?? device.adapterInfo };
  const from = adapter ?? (await requestAdapter());
  return { device: await requestDevice(from, allowed), said: from.info };
}

async function requestAdapter(): Promise<GPUAdapter> {
  const gpu = (globalThis.navigator as { gpu?: GPU } | undefined)?.gpu;
  const adapter = await gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter)
    throw new UnsupportedError(
      `openRuntime: WebGPU must offer an adapter, got ${gpu ? "none" : "no navigator.gpu"}. Pass one, or use the CPU backend.`,
    );
  return adapter;
}

async function requestDevice(adapter: GPUAdapter, allowed: readonly Tier[]): Promise<GPUDevice> {
  const requiredFeatures = allowed.filter((t) => adapter.features.has(t)) as GPUFeatureName[];
  const names = allowed.length > 0 ? [...bufferLimits, ...kernelLimits] : bufferLimits;
  const requiredLimits = Object.fromEntries(names.map((name) => [name, adapter.limits[name]]));
  return adapter.requestDevice({ label: "webfla", requiredFeatures, requiredLimits });
}

function describe(device: GPUDevice, said: GPUAdapterInfo, allowed: readonly Tier[]): RuntimeInfo {
  const { vendor, architecture, description, isFallbackAdapter: isFallback } = said;
  const features = new Set(allowed.filter((t) => device.features.has(t)));
  const matrices = hasMatrices(said, features);
  return { vendor, architecture, description, isFallback, features, matrices, limits: device.limits };
}
