import { createOps, type Ops } from "@webfla/ops";
import {
  createWebGpuBackend,
  type GpuTensor,
  openRuntime,
  type PlanOptions,
  type RuntimeInfo,
  type Tier,
} from "@webfla/wgsl";
import { create, globals } from "webgpu";
import { withMatrices } from "../adapters/matrices/emulate";

Object.assign(globalThis, globals);

/** What kernels may use: everything, all but matrices, or nothing. */
export const tiers: Readonly<Record<string, readonly Tier[] | undefined>> = {
  every: undefined,
  halves: ["subgroups", "shader-f16", "timestamp-query"],
  baseline: [],
};

export interface Opened {
  readonly ops: Ops<GpuTensor>;
  readonly info: RuntimeInfo;
}

// what is collected while Dawn still runs takes the process down
const held: unknown[] = [];

/** Opens devices of an adapter of this machine, chosen by a part of its name; on request lavapipe says that it has matrices. */
export function opener({
  adapter: match,
  emulate,
}: {
  readonly adapter: string | undefined;
  readonly emulate: boolean;
}) {
  if (emulate) process.env["GALLIVM_PERF"] ??= "nopt";
  const gpu = create([
    "enable-dawn-features=allow_unsafe_apis,vulkan_enable_f16_on_nvidia",
    "backend=vulkan",
    ...(match ? [`adapter=${match}`] : []),
  ]);
  held.push(gpu);
  return async (tier: string, options: PlanOptions): Promise<Opened> => {
    // each adapter gives one device
    const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
    if (!adapter)
      throw new Error(
        "on-device: the machine must have a WebGPU adapter, got none. Install a Vulkan driver.",
      );
    const runtime = await openRuntime({
      adapter: emulate ? withMatrices(adapter) : adapter,
      tiers: tiers[tier],
    });
    const ops = createOps(createWebGpuBackend(runtime, options));
    held.push(adapter, ops);
    return { ops, info: runtime.info };
  };
}
