import { createOps, type Ops, type Tensor, UnsupportedError } from "@webfla/ops";
import { createCpu } from "@webfla/reference";
import {
  createWebGpuBackend,
  type GpuTensor,
  openRuntime,
  type Plan,
  type Runtime,
  type Tier,
} from "@webfla/wgsl";
import { nameOf } from "./backend";
import type { TierChoice } from "./choices";

export interface GpuChoice {
  readonly tiers: TierChoice;
  readonly plan: Plan;
}

export interface Machine<T extends Tensor> {
  readonly ops: Ops<T>;
  readonly name: string;
  readonly features: readonly Tier[];
}

let cpu: ReturnType<typeof createCpu> | undefined;

interface Device {
  readonly runtime: Runtime;
  readonly name: string;
  readonly features: readonly Tier[];
  /** The verbs under each plan. */
  readonly ops: Map<Plan, Ops<GpuTensor>>;
}
const devices = new Map<TierChoice, Device>();

/** Opens a backend, and hands it to a body that works with any tensor. Throws UnsupportedError without a WebGPU adapter. */
export async function onMachine<R>(
  side: "cpu" | "webgpu",
  { tiers, plan }: GpuChoice,
  body: <T extends Tensor>(machine: Machine<T>) => R,
): Promise<Awaited<R>> {
  if (side === "cpu") return await body({ ops: (cpu ??= createCpu()), name: "CPU", features: [] });
  const device = devices.get(tiers) ?? (await openDevice(tiers));
  devices.set(tiers, device);
  const ops = device.ops.get(plan) ?? createOps(createWebGpuBackend(device.runtime, { plan }));
  device.ops.set(plan, ops);
  return await body({ ops, name: device.name, features: device.features });
}

async function openDevice(tiers: TierChoice): Promise<Device> {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter)
    throw new UnsupportedError(
      "WebGPU: the browser must offer an adapter, got none. Choose the CPU, or another browser.",
    );
  const runtime = await openRuntime({ adapter, ...(tiers === "baseline" ? { tiers: [] } : {}) });
  const features = [...runtime.info.features];
  return { runtime, name: nameOf(adapter.info), features, ops: new Map() };
}

/** Devices that were lost are not handed out again. */
export function letGo(): void {
  devices.clear();
}
