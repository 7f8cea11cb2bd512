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
  /** M: what is written, from what it would be if no read saw an earlier response. */
  readonly inverse: GpuTensor; // [chunks, HV, N, N]
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
  const inverse = invert(frame, erase, pairs);
  const values = keep(frame, [rows * writesOf(erase), HV, V]);
  const found = erase.kind === "lowRank" ? findEarlier(frame, erase, pairs, v, values) : v;
  const { N, WIDTH } = rowsOf(frame, erase);
  const stateReads = make(device, [list.chunkCount, HV, N, WIDTH], operandDtype(frame));
  const product = {
    reads: kind,
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
    columns: V,
    slots: [...slots, view("v", found), sink("values", values)],
  });
  if (found !== v) found.dispose();
  return { pairs, inverse, stateReads, endKeys: keysAtEnds(frame, erase, keys), values };
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

function keysAtEnds(frame: Frame, erase: ChunkErase, keys: GpuTensor): GpuTensor {
  const { device, list, steps, HV, K, V, gates } = frame;
  const { N, WIDTH } = rowsOf(frame, erase);
  const EVERY = writesOf(erase);
  const o = make(device, [list.chunkCount, HV, EVERY, N, WIDTH], operandDtype(frame));
  launchElements(device, o.size / 4, {
    main: endKeysModule,
    uses: [fours, chunkModule],
    slots: [rowsSlot(frame, erase), chunkDecaySlot(gates), view("keys", keys)],
    params: { ...storage({ NUMBER: o }), EVERY, K, STEPS: steps },
    uniforms: [HV, V, HV / keys.shape[1]!].map(u32),
    bindings: [list.chunks, o],
  });
  return o;
}
