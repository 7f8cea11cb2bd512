import { launch, make, type Slot, storage } from "../launch";
import { type GpuTensor, type Module, u32 } from "../runtime";
import { chunkDecaySlot } from "../slots/chunk-laws";
import type { Frame } from "./frame";
import text from "./state.wgsl";

const stateModule: Module = { path: "diagonal/state.wgsl", text };

/**
 * The state at the start of every chunk, [chunks, HV, K, V] f32, from keys [writes, heads, K]; the value slots may correct the values in
 * place, the state slot loads the initial state and stores the final one.
 */
export function chunkStates(
  frame: Frame,
  keys: GpuTensor,
  valueSlots: readonly Slot[],
  stateSlot: Slot,
): GpuTensor {
  const { device, list, chunkSize, steps, HV, K, V, gates } = frame;
  const states = make(device, [list.chunkCount, HV, K, V], "f32");
  const COLUMNS = V > 16 ? 32 : 16;
  const tiles = Math.ceil(V / COLUMNS);
  const groups = list.spanCount * HV * tiles;
  launch(device, {
    main: stateModule,
    slots: [chunkDecaySlot(gates), ...valueSlots, stateSlot],
    params: { ...storage({ KEY: keys }), K, C: chunkSize, COLUMNS },
    uniforms: [groups, tiles, list.longest, steps, HV, V, HV / keys.shape[1]!].map(u32),
    bindings: [list.spans, keys, states],
    workgroups: groups,
  });
  return states;
}
