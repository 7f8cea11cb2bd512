import { type Frame, launchChunks } from "../diagonal";
import { launch, launchElements, make, type Slot, storage } from "../launch";
import { type GpuTensor, type Module, u32 } from "../runtime";
import { type ChunkErase, chunkDecaySlot, chunkEraseGradSlots, writesOf } from "../slots/chunk-laws";
import stateText from "./state_grad.wgsl";
import strengthText from "./strength_grad.wgsl";
import systemText from "./system_grad.wgsl";

const stateModule: Module = { path: "delta/state_grad.wgsl", text: stateText };
const strengthModule: Module = { path: "delta/strength_grad.wgsl", text: strengthText };
const systemModule: Module = { path: "delta/system_grad.wgsl", text: systemText };

/**
 * Turns what each chunk's queries give to the state before it into the gradient of the state after it, and completes dy [writes, HV, V],
 * both in place; the state slot loads the gradients of the final states and stores those of the initial ones.
 */
export function answerBack(
  { device, list, steps, HV, K, V, gates }: Frame,
  erase: ChunkErase,
  keys: GpuTensor,
  stateReads: GpuTensor,
  dy: GpuTensor,
  stateGrads: GpuTensor,
  stateSlot: Slot,
): void {
  const COLUMNS = Math.min(64, 2 ** Math.ceil(Math.log2(V)));
  const tiles = Math.ceil(V / COLUMNS);
  const groups = list.spanCount * HV * tiles;
  launch(device, {
    main: stateModule,
    slots: [chunkDecaySlot(gates), stateSlot],
    params: { ...storage({ KEY: keys }), K, COLUMNS, EVERY: writesOf(erase) },
    uniforms: [groups, tiles, list.longest, steps, HV, V, HV / keys.shape[1]!].map(u32),
    bindings: [list.spans, keys, stateReads, dy, stateGrads],
    workgroups: groups,
  });
}

/**
 * Goes back through each chunk's triangular system: dy [writes, HV, V] becomes the gradient through all later writes too, in place.
 * Returns the gradients of the erase reads' results and of v [rows, HV, V] f32; the caller disposes them.
 */
export function solveBack(
  frame: Frame,
  erase: ChunkErase,
  pairs: GpuTensor,
  dy: GpuTensor,
): { readonly results: GpuTensor; readonly dv: GpuTensor } {
  const { device, list, HV, V } = frame;
  const rows = dy.shape[0]! / writesOf(erase);
  const results = make(device, [rows, HV, V], "f32");
  const dv = make(device, [rows, HV, V], "f32");
  launchChunks(frame, list.chunkCount * HV * V, {
    main: systemModule,
    side: "V",
    reads: erase.kind === "delta" ? "DELTA" : "LOW_RANK",
    slots: chunkEraseGradSlots(erase),
    bindings: [pairs, dy, results, dv],
  });
  return { results, dv };
}

/** The gradient of beta [rows, HV] f32, from z and the erase reads' results r [rows, HV, V]; the caller disposes it. */
export function strengthBack({ device, HV, V }: Frame, z: GpuTensor, v: GpuTensor, r: GpuTensor): GpuTensor {
  const o = make(device, [v.shape[0]!, HV], "f32");
  launchElements(device, o.size, {
    main: strengthModule,
    params: storage({ VALUE: v }),
    uniforms: [u32(V)],
    bindings: [z, v, r, o],
  });
  return o;
}
