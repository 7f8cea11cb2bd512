import { launch, type Slot } from "../launch";
import { sink } from "../product";
import { type GpuTensor, type Module, u32 } from "../runtime";
import { order } from "../shared";
import { chunkDecaySlot } from "../slots/chunk-laws";
import text from "./carry.wgsl";
import type { Frame } from "./frame";

const carryModule: Module = { path: "diagonal/carry.wgsl", text };

/**
 * Turns what each chunk adds to the state [chunks, HV, K, V] into the state before it, in place; backward what each gives to the state
 * before it into the gradient of the state after it. The state slot loads what a sequence begins with and stores what it ends with.
 */
export function carry(
  { device, list, HV, K, V, gates }: Frame,
  states: GpuTensor,
  stateSlot: Slot,
  { backward }: { readonly backward: boolean },
): void {
  const fours = Math.ceil(V / 4);
  const count = list.spanCount * HV * K * fours;
  launch(device, {
    main: carryModule,
    uses: [order],
    slots: [chunkDecaySlot(gates), stateSlot, sink("states", states)],
    params: { K, BACKWARD: backward },
    uniforms: [count, fours, list.longest, HV, V].map(u32),
    bindings: [list.spans],
    workgroups: Math.ceil(count / 64),
  });
}
