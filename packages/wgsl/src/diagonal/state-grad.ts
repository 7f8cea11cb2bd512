import { launchElements, make, type Slot, storage } from "../launch";
import { type GpuTensor, type Module, u32 } from "../runtime";
import { chunkDecaySlot } from "../slots/chunk-laws";
import carryText from "./carry_grad.wgsl";
import type { Frame } from "./frame";
import { launchChunks, type Reads } from "./grad";
import startText from "./start_grad.wgsl";

const startModule: Module = { path: "diagonal/start_grad.wgsl", text: startText };
const carryModule: Module = { path: "diagonal/carry_grad.wgsl", text: carryText };

/** What reads give back to the state before each chunk, [chunks, HV, K, V] f32; the caller disposes it. */
export function toStarts(frame: Frame, reads: Reads): GpuTensor {
  const { device, list, HV, K, V } = frame;
  const o = make(device, [list.chunkCount, HV, K, V], "f32");
  launchChunks(frame, o.size, {
    main: startModule,
    side: "K",
    reads: reads.kind,
    left: reads.x,
    params: storage({ LEFT: reads.x }),
    bindings: [reads.x, reads.results, o],
  });
  return o;
}

/**
 * Turns what each chunk gives to the state before it into the gradient of the state after it, in place; the state slot loads the
 * gradients of the final states and stores those of the initial ones.
 */
export function carryBack(frame: Frame, stateGrads: GpuTensor, stateSlot: Slot): void {
  const { device, list, HV, K, V, gates } = frame;
  launchElements(device, list.spanCount * HV * K * V, {
    main: carryModule,
    slots: [chunkDecaySlot(gates), stateSlot],
    params: { K },
    uniforms: [list.longest, HV, V].map(u32),
    bindings: [list.spans, stateGrads],
  });
}
