import { launch, type Slot } from "../launch";
import { HALF, inHalves, sink, view } from "../product";
import { type GpuTensor, type Module, u32 } from "../runtime";
import { fours, matrices } from "../shared";
import { chunkDecaySlot, chunkReads, type ReadKind } from "../slots/chunk-laws";
import { type Frame, gated, keep, mostWrites } from "./frame";
import text from "./pass.matrix.wgsl";

const passModule: Module = { path: "diagonal/pass.matrix.wgsl", text };

export interface Pass {
  readonly left: GpuTensor; // [rows, heads, K]
  readonly right: GpuTensor; // [rows, heads, V]
  /** Loads what a sequence begins with and stores what it ends with. */
  readonly stateSlot: Slot;
  /** Goes from the last chunk to the first, over the reads of this kind in place of writes. */
  readonly back?: ReadKind | undefined;
}

/** Whether a call goes over its chunks by `pass.matrix.wgsl`: its operands are f16, which weights of at most 1 leave them. */
export const canPass = (
  { half, list, K, V }: Frame,
  { left, right }: Pick<Pass, "left" | "right">,
): boolean => half && inHalves(left) && inHalves(right) && Math.min(list.longest, K, V) > HALF;

/** What is before every chunk, or backward after it, [chunks, HV, K, V]; the caller disposes it. */
export function pass(frame: Frame, { left, right, stateSlot, back }: Pass): GpuTensor {
  const { device, list, steps, HV, K, V, gates } = frame;
  const ROWS = K > 32 ? 64 : K > 16 ? 32 : 16;
  const COLUMNS = V > 16 ? 32 : 16;
  const [down, across] = [Math.ceil(K / ROWS), Math.ceil(V / COLUMNS)];
  const places = back ? list.longest : mostWrites(frame);
  const groups = list.spanCount * HV * down * across;
  const states = keep(frame, [list.chunkCount, HV, K, V]);
  launch(device, {
    main: passModule,
    uses: [fours, matrices, chunkReads],
    slots: [
      chunkDecaySlot(gates),
      stateSlot,
      view("left", left),
      view("right", right),
      sink("states", states),
    ],
    params: {
      ...(back && { READS: back }),
      BACKWARD: back !== undefined,
      K,
      STEPS: steps,
      ROWS,
      COLUMNS,
      PLACES: 16 * Math.ceil(places / 16),
      // gates of channels take more registers
      AHEAD: gated(frame, "K") || gated(frame, "V") ? 2 : 4,
      SUBGROUPS: (ROWS / 16) * (COLUMNS / 16),
    },
    uniforms: [groups, down, across, list.longest, HV, V, HV / left.shape[1]!, HV / right.shape[1]!].map(u32),
    bindings: [list.spans],
    workgroups: groups,
  });
  return states;
}
