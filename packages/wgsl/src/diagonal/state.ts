import type { Slot } from "../launch";
import { sink, view } from "../product";
import type { GpuTensor, Module } from "../runtime";
import { carry } from "./carry";
import { type Frame, keep, mostWrites } from "./frame";
import incrementText from "./increment.wgsl";
import { launchStage } from "./stage";

const incrementModule: Module = { path: "diagonal/increment.wgsl", text: incrementText };

/**
 * The state at the start of every chunk, [chunks, HV, K, V] from keys [writes, heads, K] and values
 * [writes, HV, V]; the state slot loads the initial state and stores the final one. The caller disposes it.
 */
export function chunkStates(frame: Frame, keys: GpuTensor, values: GpuTensor, stateSlot: Slot): GpuTensor {
  const { list, HV, K, V, gates } = frame;
  const states = keep(frame, [list.chunkCount, HV, K, V]);
  launchStage(frame, {
    stage: incrementModule,
    left: keys,
    right: values,
    rows: K,
    columns: V,
    inner: mostWrites(frame),
    along: { left: "rows", right: "columns" },
    asStored: { left: gates?.by === "KEY" ? undefined : keys, right: gates ? undefined : values },
    slots: [view("keys", keys), view("values", values), sink("states", states)],
  });
  carry(frame, states, stateSlot, { backward: false });
  return states;
}
