import { launch, type Slot } from "../launch";
import { sink, view } from "../product";
import { type GpuTensor, type Module, u32 } from "../runtime";
import { chunkDecaySlot } from "../slots/chunk-laws";
import carryText from "./carry_grad.wgsl";
import { type Frame, keep } from "./frame";
import type { Reads } from "./grad";
import { launchStage } from "./stage";
import startText from "./start_grad.wgsl";

const startModule: Module = { path: "diagonal/start_grad.wgsl", text: startText };
const carryModule: Module = { path: "diagonal/carry_grad.wgsl", text: carryText };

/** What reads give back to the state before each chunk, [chunks, HV, K, V]; the caller disposes it. */
export function toStarts(frame: Frame, { kind, x, results }: Reads): GpuTensor {
  const { list, HV, K, V } = frame;
  const o = keep(frame, [list.chunkCount, HV, K, V]);
  launchStage(frame, {
    stage: startModule,
    reads: kind,
    left: x,
    right: results,
    rows: K,
    columns: V,
    along: { left: "rows", right: "columns" },
    slots: [view("reads", x), view("results", results), sink("o", o)],
  });
  return o;
}

/**
 * Turns what each chunk gives to the state before it into the gradient of the state after it, in place; the state slot loads the
 * gradients of the final states and stores those of the initial ones.
 */
export function carryBack(frame: Frame, stateGrads: GpuTensor, stateSlot: Slot): void {
  const { device, list, HV, K, V, gates } = frame;
  const fours = Math.ceil(V / 4);
  const count = list.spanCount * HV * K * fours;
  launch(device, {
    main: carryModule,
    slots: [chunkDecaySlot(gates), stateSlot, sink("state_grads", stateGrads)],
    params: { K },
    uniforms: [count, fours, list.longest, HV, V].map(u32),
    bindings: [list.spans],
    workgroups: Math.ceil(count / 64),
  });
}
