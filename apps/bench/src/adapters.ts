import { create, globals } from "webgpu";

/** A WebGPU adapter of this machine. */
export interface Found {
  readonly adapter: GPUAdapter;
  readonly name: string;
  readonly software: boolean;
}

Object.assign(globalThis, globals);

// Dawn takes the process down when what it still uses is collected, so nothing opened is ever let go
const kept: unknown[] = [];

const flags = [
  "enable-dawn-features=allow_unsafe_apis,vulkan_enable_f16_on_nvidia",
  ...(process.platform === "linux" ? ["backend=vulkan"] : []),
];

async function find(more: readonly string[]): Promise<Found | undefined> {
  const gpu = create([...flags, ...more]);
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) return undefined;
  kept.push(gpu, adapter);
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
  return {
    adapter,
    name: device || description || [vendor, architecture].filter(Boolean).join(" "),
    software:
      isFallbackAdapter || /swiftshader|llvmpipe|lavapipe/i.test(`${device} ${description} ${architecture}`),
  };
}

/** The adapter that Dawn prefers, and the software ones that the scripts of the workspace provide, each once. */
export async function findAdapters(): Promise<readonly Found[]> {
  const provided = JSON.parse(process.env["WEBFLA_ADAPTERS"] ?? "[]") as readonly { match?: string }[];
  const wanted = provided.flatMap(({ match }) => (match ? [[`adapter=${match}`]] : []));
  const found = new Map<string, Found>();
  for (const more of [[], ...wanted]) {
    const one = await find(more);
    if (one && !found.has(one.name)) found.set(one.name, one);
  }
  return [...found.values()];
}
