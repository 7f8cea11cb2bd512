import { type Frame, keep, launchStage, pairs as multiply } from "../diagonal";
import { launch, launchElements, make, storage } from "../launch";
import { findEarlier } from "../low-rank";
import { sink, view } from "../product";
import { type GpuTensor, type Module, u32 } from "../runtime";
import { fours } from "../shared";
import { type ChunkErase, chunkDecaySlot, chunkEraseSlots, chunkReads, writesOf } from "../slots/chunk-laws";
import endKeysText from "./end_keys.wgsl";
import inverseText from "./inverse.wgsl";
import leftText from "./left.inverse.wgsl";
import { roomFor, type System, solveAtOnce } from "./matrix-system";
import readsText from "./reads.wgsl";
import { chunkModule, operandDtype, readersOf, readKind, rowsOf, rowsSlot } from "./rows";
import valuesText from "./values.wgsl";

const endKeysModule: Module = { path: "delta/end_keys.wgsl", text: endKeysText };
const inverseModule: Module = { path: "delta/inverse.wgsl", text: inverseText };
const leftModule: Module = { path: "delta/left.inverse.wgsl", text: leftText };
const readsModule: Module = { path: "delta/reads.wgsl", text: readsText };
const valuesModule: Module = { path: "delta/values.wgsl", text: valuesText };

/** The triangular system of every chunk, solved: all but the values in the frame's kept dtype, rows as `rowsOf` says. */
export interface Solution {
  /** What the erase reads of the writes [chunks, HV, reads, writes], f32. */
  readonly pairs: GpuTensor;
  /** M: what is written, from what it would be if no read saw an earlier response. There where the way back follows. */
  readonly inverse: GpuTensor | undefined; // [chunks, HV, N, N]
  /** W: what the first write of a row takes of the state at its chunk's start. */
  readonly stateReads: GpuTensor; // [chunks, HV, N, WIDTH]
  /** The keys as gates leave them at their chunk's end. */
  readonly endKeys: GpuTensor; // [chunks, HV, writes of a row, N, WIDTH]
  /** U: what is written besides. */
  readonly values: GpuTensor; // [writes, HV, V]
}

/** Solves the triangular system of each chunk, from keys [writes, heads, K] and v [rows, HV, V]; the caller disposes the result. */
export function solveChunks(frame: Frame, erase: ChunkErase, keys: GpuTensor, v: GpuTensor): Solution {
  const { device, list, HV, V } = frame;
  const [rows] = v.shape as [number];
  const kind = readKind(erase);
  const readers = readersOf(erase, keys);
  // whose errors the inverse would magnify
  const pairs = multiply(frame, { kind, side: "K", left: readers, right: keys, exact: true });
  const values = keep(frame, [rows * writesOf(erase), HV, V]);
  const found = erase.kind === "lowRank" ? findEarlier(frame, erase, pairs, v, values) : v;
  const { N, WIDTH } = rowsOf(frame, erase);
  const stateReads = make(device, [list.chunkCount, HV, N, WIDTH], operandDtype(frame));
  const endKeys = make(device, [list.chunkCount, HV, writesOf(erase), N, WIDTH], operandDtype(frame));
  const system: System = { pairs, readers, found, stateReads, values };
  const room = roomFor(frame, erase);
  const withKeys = room?.endKeys && readers === keys;
  const inverse = room
    ? solveAtOnce(frame, erase, withKeys ? { ...system, endKeys } : system, room.part)
    : solveByStages(frame, erase, system);
  if (found !== v) found.dispose();
  if (!withKeys) keysAtEnds(frame, erase, keys, endKeys);
  return { pairs, inverse, stateReads, endKeys, values };
}

/** Solves the systems with a kernel for M and products for W and U; the caller disposes M. */
function solveByStages(
  frame: Frame,
  erase: ChunkErase,
  { pairs, readers, found, stateReads, values }: System,
): GpuTensor {
  const inverse = invert(frame, erase, pairs);
  const { N, WIDTH } = rowsOf(frame, erase);
  const product = {
    reads: readKind(erase),
    left: inverse,
    rows: N,
    along: { left: "inner", right: "columns" },
    asStored: { left: inverse },
  } as const;
  const left = { module: leftModule, needs: [view("inverse", inverse)] };
  const slots = [rowsSlot(frame, erase), left, ...chunkEraseSlots(erase)];
  launchStage(frame, {
    ...product,
    stage: readsModule,
    right: readers,
    columns: WIDTH,
    slots: [...slots, view("readers", readers), sink("state_reads", stateReads)],
  });
  launchStage(frame, {
    ...product,
    stage: valuesModule,
    right: found,
    columns: frame.V,
    slots: [...slots, view("v", found), sink("values", values)],
  });
  return inverse;
}

function invert(frame: Frame, erase: ChunkErase, pairs: GpuTensor): GpuTensor {
  const { device, list, steps, HV, K } = frame;
  const { N } = rowsOf(frame, erase);
  const o = make(device, [list.chunkCount, HV, N, N], operandDtype(frame));
  const groups = list.chunkCount * HV;
  launch(device, {
    main: inverseModule,
    uses: [chunkModule, chunkReads],
    slots: [rowsSlot(frame, erase), ...chunkEraseSlots(erase), view("pairs", pairs)],
    params: { ...storage({ NUMBER: o }), K, STEPS: steps, READS: readKind(erase) },
    uniforms: [groups, list.longest, HV].map(u32),
    bindings: [list.chunks, o],
    workgroups: groups,
  });
  return o;
}

function keysAtEnds(frame: Frame, erase: ChunkErase, keys: GpuTensor, o: GpuTensor): void {
  const { device, list, steps, HV, K, V, gates } = frame;
  launchElements(device, o.size / 4, {
    main: endKeysModule,
    uses: [fours, chunkModule],
    slots: [rowsSlot(frame, erase), chunkDecaySlot(gates), view("keys", keys)],
    params: { ...storage({ NUMBER: o }), EVERY: writesOf(erase), K, STEPS: steps },
    uniforms: [HV, V, HV / keys.shape[1]!].map(u32),
    bindings: [list.chunks, o],
  });
}
