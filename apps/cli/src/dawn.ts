import { quietly } from "./quietly";

/** A WebGPU adapter of this machine. */
export interface FoundAdapter {
  readonly adapter: GPUAdapter;
  /** The adapter's own words for itself. */
  readonly name: string;
  /** Whether it runs on the CPU. */
  readonly software: boolean;
}

// Dawn takes the process down when what it still uses is collected, so nothing opened is ever let go
const kept: unknown[] = [];

const flags = [
  // matrices of subgroups, and f16 on the hardware whose driver Dawn does not trust with it
  "enable-dawn-features=allow_unsafe_apis,vulkan_enable_f16_on_nvidia",
  ...(process.platform === "linux" ? ["backend=vulkan"] : []),
];

/** The adapter that Dawn prefers; undefined where there is none, or no Dawn for this machine. */
export async function findAdapter(): Promise<FoundAdapter | undefined> {
  const dawn = await import("webgpu").catch(() => undefined);
  if (!dawn) return undefined;
  Object.assign(globalThis, dawn.globals);
  const gpu = dawn.create(flags);
  kept.push(gpu);
  const adapter = await quietly(() => gpu.requestAdapter({ powerPreference: "high-performance" }));
  if (!adapter) return undefined;
  kept.push(adapter);
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
  return {
    adapter,
    name: [device.replaceAll("-", " ").trim() || `${vendor} ${architecture}`, description]
      .filter(Boolean)
      .join(", "),
    software: isFallbackAdapter || /swiftshader|llvmpipe/i.test(`${device} ${architecture}`),
  };
}
