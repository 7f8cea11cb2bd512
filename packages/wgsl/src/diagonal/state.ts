import { launch, make, type Slot, storage } from "../launch";
import { type GpuTensor, type Module, u32 } from "../runtime";
import { chunkDecaySlot } from "../slots/chunk-laws";
import carryText from "./carry.wgsl";
import type { Frame } from "./frame";
import incrementText from "./increment.wgsl";

const incrementModule: Module = { path: "diagonal/increment.wgsl", text: incrementText };
const carryModule: Module = { path: "diagonal/carry.wgsl", text: carryText };

/**
 * The state at the start of every chunk, [chunks, HV, K, V] f32, from keys [writes, heads, K] and values [writes, HV, V]; the state slot
 * loads the initial state and stores the final one. The caller disposes it.
 */
export function chunkStates(frame: Frame, keys: GpuTensor, values: GpuTensor, stateSlot: Slot): GpuTensor {
  const { device, list, chunkSize, steps, HV, K, V, gates } = frame;
  const states = make(device, [list.chunkCount, HV, K, V], "f32");
  const tile = (size: number): number => (size > 32 ? 64 : size > 16 ? 32 : 16);
  const tiles = [K, V].map((size) => Math.ceil(size / tile(size))) as [number, number];
  const groups = list.chunkCount * HV * tiles[0] * tiles[1];
  launch(device, {
    main: incrementModule,
    slots: [chunkDecaySlot(gates)],
    params: { ...storage({ KEY: keys, VALUE: values }), K, C: chunkSize, ROWS: tile(K), COLUMNS: tile(V) },
    uniforms: [groups, ...tiles, steps, HV, V, HV / keys.shape[1]!].map(u32),
    bindings: [list.chunks, keys, values, states],
    workgroups: groups,
  });
  const count = list.spanCount * HV * K * V;
  launch(device, {
    main: carryModule,
    slots: [chunkDecaySlot(gates), stateSlot],
    params: { K },
    uniforms: [count, list.longest, HV, V].map(u32),
    bindings: [list.spans, states],
    workgroups: Math.ceil(count / 64),
  });
  return states;
}
