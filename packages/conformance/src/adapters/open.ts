import { create, globals } from "webgpu";
import { slowOnSwiftShader } from "./dawn-features";
import { listAdapters } from "./list";
import { withMatrices } from "./matrices/emulate";
import { nullWithMatrices } from "./matrices/null";

Object.assign(globalThis, globals);

// what is collected while Dawn still runs takes the process down, so nothing opened is ever let go
const kept: unknown[] = [];
const instances = new Map<string, GPU>();

async function request(flags: string[]): Promise<GPUAdapter> {
  const key = flags.join(" ");
  const gpu = instances.get(key) ?? create(flags);
  instances.set(key, gpu);
  const adapter = await gpu.requestAdapter();
  if (!adapter) throw new Error(`adapters: Dawn must offer an adapter for ${key}, got none.`);
  kept.push(adapter);
  return adapter;
}

/**
 * Opens a present adapter by name; a new one at each call, since an adapter gives one device and no more.
 * Throws for an unknown or absent adapter, with the reason of its absence.
 */
export async function openAdapter(name: string): Promise<GPUAdapter> {
  const info = listAdapters().find((a) => a.name === name);
  if (!info) throw new Error(`openAdapter: name must be one of listAdapters(), got "${name}".`);
  if ("reason" in info) throw new Error(`openAdapter: "${name}" is absent: ${info.reason}.`);
  return request([
    `adapter=${info.match}`,
    // matrices of subgroups, and f16 on the hardware whose driver Dawn does not trust with it
    "enable-dawn-features=allow_unsafe_apis,vulkan_enable_f16_on_nvidia",
    `disable-dawn-features=${["timestamp_quantization", ...(name === "swiftshader" ? slowOnSwiftShader : [])]}`,
    ...(process.platform === "linux" ? ["backend=vulkan"] : []),
  ]);
}

/** Opens lavapipe as an adapter with matrices of subgroups, which it does not have: their shaders are rewritten. */
export const openMatrices = async (): Promise<GPUAdapter> => withMatrices(await openAdapter("lavapipe"));

/**
 * A device that compiles every kernel with every optional feature and executes nothing; on request it says that it has matrices, and the
 * workgroup memory that goes with them.
 */
export async function nullDevice({ matrices = false, workgroupBytes = 32_768 } = {}): Promise<GPUDevice> {
  const adapter = await request(["backend=null", "enable-dawn-features=allow_unsafe_apis"]);
  const device = await adapter.requestDevice({ requiredFeatures: [...adapter.features] as GPUFeatureName[] });
  kept.push(device);
  return matrices ? nullWithMatrices(device, workgroupBytes) : device;
}
