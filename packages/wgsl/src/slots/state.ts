import type { Shape } from "@webfla/ops";
import { copy } from "../dense";
import { type Device, make, type Slot } from "../launch";
import { sink, view } from "../product";
import type { GpuTensor, Module } from "../runtime";
import loadCopied from "./state_load.copied.wgsl";
import loadGiven from "./state_load.given.wgsl";
import loadZero from "./state_load.zero.wgsl";
import storeDropped from "./state_store.dropped.wgsl";
import storeKept from "./state_store.kept.wgsl";

export interface StateSlot {
  /** Supplies `state_load`, `state_load4`, `state_store`, `state_store4` and STATE_GIVEN. */
  readonly slot: Slot;
  /** The same without `state_store`: where rows are multiples of four, fours are read and written as vectors. */
  readonly fours: Slot;
  readonly finalState: GpuTensor | undefined;
}

const module = (name: string, text: string): Module => ({ path: `slots/${name}.wgsl`, text });

const modules = {
  zero: module("state_load.zero", loadZero),
  given: module("state_load.given", loadGiven),
  copied: module("state_load.copied", loadCopied),
  dropped: module("state_store.dropped", storeDropped),
  kept: module("state_store.kept", storeKept),
};

/**
 * Where states come from and go to: a kernel reads the given ones and writes the kept ones. Where with `others`, the storage buffers that
 * it binds besides, the device has no room for both, a copy of the given ones is both.
 */
export function stateSlot(
  device: Device,
  given: GpuTensor | undefined,
  kept: boolean,
  shape: Shape,
  others = device.info.limits.maxStorageBuffersPerShaderStage,
): StateSlot {
  const apart = others + 2 <= device.info.limits.maxStorageBuffersPerShaderStage;
  const copied = kept && given && !apart ? copy(device, given) : undefined;
  const finalState = kept ? (copied ?? make(device, shape, "f32")) : undefined;
  const wide = shape.at(-1)! % 4 === 0;
  const load = (wide: boolean): Slot => {
    if (copied) return { module: modules.copied };
    return given
      ? { module: modules.given, needs: [view("initial", given, wide)] }
      : { module: modules.zero };
  };
  const both = (wide: boolean): Slot => {
    const store = finalState
      ? { module: modules.kept, needs: [sink("final", finalState, wide)] }
      : { module: modules.dropped };
    return { ...store, needs: [...(store.needs ?? []), load(wide)] };
  };
  return { slot: both(false), fours: both(wide), finalState };
}
