import { type Frame, pairsSlot } from "../diagonal";
import { launch, make, storage } from "../launch";
import { type GpuTensor, type Module, u32 } from "../runtime";
import { type ChunkErase, chunkDecaySlot, chunkEraseSlots, writesOf } from "../slots/chunk-laws";
import text from "./system.wgsl";

const systemModule: Module = { path: "delta/system.wgsl", text };

/** Every value that is written is values + stateReads · S, with the state S at its chunk's start. */
export interface Solution {
  readonly stateReads: GpuTensor; // W [rows, HV, K] f32
  readonly values: GpuTensor; // U [writes, HV, V] f32
}

/** Solves the triangular system of each chunk, from keys [writes, heads, K] and v [rows, HV, V]; the caller disposes the result. */
export function solveChunks(frame: Frame, erase: ChunkErase, keys: GpuTensor, v: GpuTensor): Solution {
  const { device, list, steps, HV, K, V, gates } = frame;
  const [rows] = v.shape as [number];
  const stateReads = make(device, [rows, HV, K], "f32");
  const values = make(device, [rows * writesOf(erase), HV, V], "f32");
  const readers = erase.kind === "lowRank" ? erase.a : (erase.eraseKey ?? keys);
  const groups = list.chunkCount * HV;
  launch(device, {
    main: systemModule,
    slots: [pairsSlot(frame, keys), chunkDecaySlot(gates), ...chunkEraseSlots(erase, readers)],
    params: storage({ VALUE: v }),
    uniforms: [groups, steps, HV, V, HV / keys.shape[1]!, HV / readers.shape[1]!].map(u32),
    bindings: [list.chunks, v, stateReads, values],
    workgroups: groups,
  });
  return { stateReads, values };
}
