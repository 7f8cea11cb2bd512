import { type Slot, storage } from "../launch";
import type { GpuTensor, Module } from "../runtime";
import type { Frame } from "./frame";
import text from "./pairs_local.wgsl";

const pairsModule: Module = { path: "diagona./pairs_local.wgsl", text };

/** Supplies `multiply_pairs`; K passes in slices that leave room for C × C pairs. */
export const pairsSlot = ({ chunkSize, K }: Frame, keys: GpuTensor, columns = 0): Slot => ({
  module: pairsModule,
  params: { ...storage({ KEY: keys }), C: chunkSize, K, SLICE: chunkSize > 32 ? 8 : 16, COLUMNS: columns },
  brings: ["KEYS", keys],
});
