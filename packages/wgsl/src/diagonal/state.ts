import { launch, type Slot } from "../launch";
import { sink, view } from "../product";
import { type GpuTensor, type Module, u32 } from "../runtime";
import { chunkDecaySlot } from "../slots/chunk-laws";
import carryText from "./carry.wgsl";
import { type Frame, keep } from "./frame";
import incrementText from "./increment.wgsl";
import { launchStage } from "./stage";

const incrementModule: Module = { path: "diagonal/increment.wgsl", text: incrementText };
const carryModule: Module = { path: "diagonal/carry.wgsl", text: carryText };

/**
 * The state at the start of every chunk, [chunks, HV, K, V] from keys [writes, heads, K] and values
 * [writes, HV, V]; the state slot loads the initial state and stores the final one. The caller disposes it.
 */
export function chunkStates(frame: Frame, keys: GpuTensor, values: GpuTensor, stateSlot: Slot): GpuTensor {
  const { device, list, HV, K, V, gates } = frame;
  const states = keep(frame, [list.chunkCount, HV, K, V]);
  launchStage(frame, {
    stage: incrementModule,
    left: keys,
    right: values,
    rows: K,
    columns: V,
    along: { left: "rows", right: "columns" },
    slots: [view("keys", keys), view("values", values), sink("states", states)],
  });
  const fours = Math.ceil(V / 4);
  const count = list.spanCount * HV * K * fours;
  launch(device, {
    main: carryModule,
    slots: [chunkDecaySlot(gates), stateSlot, sink("states", states)],
    params: { K },
    uniforms: [count, fours, list.longest, HV, V].map(u32),
    bindings: [list.spans],
    workgroups: Math.ceil(count / 64),
  });
  return states;
}
