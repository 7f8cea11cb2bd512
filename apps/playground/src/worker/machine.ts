import { type Ops, type Tensor, UnsupportedError } from "@webfla/ops";
import { createCpu } from "@webfla/reference";
import { createWebGpu, type GpuTensor, type Plan, type Tier } from "@webfla/wgsl";
import { nameOf } from "./backend";

/** What may be used of a device: nothing optional, or all that is there. */
export type TierChoice = "all" | "baseline";

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
let gpu: { readonly key: string; readonly machine: Machine<GpuTensor>; lost: boolean } | undefined;

/** The CPU backend, opened once. */
const openCpu = () => ({ ops: (cpu ??= createCpu()), name: "CPU", features: [] });

/** Opens a backend, and hands it to a body that works with any tensor. */
export async function onMachine<R>(
  side: "cpu" | "webgpu",
  choice: GpuChoice,
  body: <T extends Tensor>(machine: Machine<T>) => R,
): Promise<Awaited<R>> {
  return await (side === "cpu" ? body(openCpu()) : body(await openGpu(choice)));
}

/** A WebGPU device, kept until another one is asked for or this one is lost. Throws UnsupportedError without an adapter. */
async function openGpu({ tiers, plan }: GpuChoice): Promise<Machine<GpuTensor>> {
  const key = `${tiers} ${plan}`;
  if (gpu?.key === key && !gpu.lost) return gpu.machine;
  gpu?.machine.ops.dispose();
  gpu = undefined;
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter)
    throw new UnsupportedError(
      "WebGPU: the browser must offer an adapter, got none. Choose the CPU, or another browser.",
    );
  const ops = await createWebGpu({ adapter, plan, ...(tiers === "baseline" ? { tiers: [] } : {}) });
  const used: readonly Tier[] = ["subgroups", "shader-f16", "timestamp-query"];
  const features = tiers === "baseline" ? [] : used.filter((tier) => adapter.features.has(tier));
  gpu = { key, machine: { ops, name: nameOf(adapter.info), features }, lost: false };
  return gpu.machine;
}

/** A device that was lost is not handed out again. */
export function letGo(): void {
  if (gpu) gpu.lost = true;
}
