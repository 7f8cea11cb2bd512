import { launchElements, type Slot } from "../launch";
import { type GpuTensor, type Module, type Params, u32 } from "../runtime";
import { fours } from "../shared";
import { chunkDecaySlot, chunkReads, type ReadKind } from "../slots/chunk-laws";
import type { Frame, Side } from "./frame";
import frameText from "./grad_frame.wgsl";
import { sidesSlot } from "./sides";

const frameModule: Module = { path: "diagonal/grad_frame.wgsl", text: frameText };

export interface ChunkLaunch {
  readonly main: Module;
  readonly side: Side;
  readonly reads?: ReadKind;
  readonly left?: GpuTensor;
  readonly right?: GpuTensor;
  readonly params?: Params;
  readonly slots?: readonly Slot[];
  readonly bindings: readonly GpuTensor[];
}

/** Launches a kernel of the gradient's frame with a thread an element; `bindings` follow the chunks. */
export function launchChunks(
  frame: Frame,
  count: number,
  { main, side, reads, left, right, params, slots = [], bindings }: ChunkLaunch,
): void {
  const group = (x: GpuTensor | undefined): number => (x ? HV / x.shape[1]! : 1);
  const { device, list, steps, HV, K, V, gates } = frame;
  launchElements(device, count, {
    main,
    uses: [fours, frameModule, ...(reads ? [chunkReads] : [])],
    slots: [chunkDecaySlot(gates), sidesSlot(frame, side), ...slots],
    params: { ...params, ...(reads && { READS: reads }), K, STEPS: steps },
    uniforms: [list.longest, HV, V, group(left), group(right)].map(u32),
    bindings: [list.chunks, ...bindings],
  });
}
