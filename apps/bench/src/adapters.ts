import { openRuntime, type Runtime, type Tier } from "@webfla/wgsl";
import { create, globals } from "webgpu";

/** The optional features that a run may use: all there are, none (WebGPU's default limits too), or those named. */
export type Tiers = "all" | "baseline" | readonly Tier[];

/** A device with its runtime, for one case. */
export interface Session {
  readonly runtime: Runtime;
  dispose(): void;
}

/** A WebGPU adapter of this machine. */
export interface Found {
  readonly name: string;
  /** It computes on the processor: its times say nothing of a GPU. */
  readonly software: boolean;
  readonly info: AdapterFacts;
  /** What gave it, for whoever asks a browser's way. */
  readonly gpu: GPU;
  /** A fresh device, so that a first call compiles everything it needs. */
  open(tiers?: Tiers): Promise<Session>;
}

export interface AdapterFacts {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  /** Where drivers say their name and version. */
  readonly description: string;
  readonly features: readonly string[];
}

Object.assign(globalThis, globals);

// Dawn takes the process down when what it still uses is collected, so nothing opened is ever let go
const kept: unknown[] = [];

const flags = [
  "enable-dawn-features=allow_unsafe_apis,vulkan_enable_f16_on_nvidia",
  // otherwise times come in steps of 65,536 ns
  "disable-dawn-features=timestamp_quantization",
  ...(process.platform === "linux" ? ["backend=vulkan"] : []),
];

async function find(more: readonly string[]): Promise<Found | undefined> {
  const gpu = create([...flags, ...more]);
  const request = async () => {
    const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
    kept.push(gpu, adapter);
    return adapter;
  };
  const first = await request();
  if (!first) return undefined;
  const { vendor, architecture, device, description, isFallbackAdapter } = first.info;
  return {
    gpu,
    name: device || description || [vendor, architecture].filter(Boolean).join(" "),
    software:
      isFallbackAdapter || /swiftshader|llvmpipe|lavapipe/i.test(`${device} ${description} ${architecture}`),
    info: { vendor, architecture, device, description, features: [...first.features].sort() },
    // an adapter gives one device, so each session asks for its own
    open: async (tiers = "all") => openSession((await request())!, tiers),
  };
}

async function openSession(adapter: GPUAdapter, tiers: Tiers): Promise<Session> {
  if (tiers === "baseline") return openBaseline(adapter);
  // timestamps change no kernel
  const options = tiers === "all" ? {} : { tiers: [...tiers, "timestamp-query" as const] };
  const runtime = await openRuntime({ adapter, ...options });
  return { runtime, dispose: () => runtime.dispose() };
}

/** The limits that every device has, except how large a buffer may be. */
async function openBaseline(adapter: GPUAdapter): Promise<Session> {
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  const timed = adapter.features.has("timestamp-query");
  const device = await adapter.requestDevice({
    requiredFeatures: timed ? ["timestamp-query"] : [],
    requiredLimits: { maxBufferSize, maxStorageBufferBindingSize },
  });
  const runtime = await openRuntime({ device, tiers: timed ? ["timestamp-query"] : [] });
  return {
    runtime,
    dispose() {
      runtime.dispose();
      device.destroy();
    },
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
