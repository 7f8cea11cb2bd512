import type { Shape } from "@webfla/ops";
import { copy } from "../dense";
import { type Device, make, type Slot } from "../launch";
import type { GpuTensor } from "../runtime";
import carry from "./state.carry.wgsl";
import final from "./state.final.wgsl";
import initial from "./state.initial.wgsl";
import none from "./state.none.wgsl";

export interface StateSlot {
  readonly slot: Slot;
  readonly finalState: GpuTensor | undefined;
}

const modules = {
  none: { path: "slots/state.none.wgsl", text: none },
  initial: { path: "slots/state.initial.wgsl", text: initial },
  final: { path: "slots/state.final.wgsl", text: final },
  carry: { path: "slots/state.carry.wgsl", text: carry },
};

const slot = (kind: keyof typeof modules, state?: GpuTensor): Slot => ({
  module: modules[kind],
  brings: state ? ["STATE", state] : undefined,
});

/** One buffer for both states: a kept state starts as a copy of the given one, and the kernel works in place. */
export function stateSlot(
  device: Device,
  given: GpuTensor | undefined,
  kept: boolean,
  shape: Shape,
): StateSlot {
  if (!kept) return { slot: given ? slot("initial", given) : slot("none"), finalState: undefined };
  const finalState = given ? copy(device, given) : make(device, shape, "f32");
  return { slot: slot(given ? "carry" : "final", finalState), finalState };
}
