import { type Frame, mostReads } from "../diagonal";
import { powerOfTwo, type Slot } from "../launch";
import type { GpuTensor, Module } from "../runtime";
import type { ChunkErase } from "../slots/chunk-laws";
import chunkText from "./chunk.wgsl";
import rowsText from "./rows.wgsl";

export const rowsModule: Module = { path: "delta/rows.wgsl", text: rowsText };
export const chunkModule: Module = { path: "delta/chunk.wgsl", text: chunkText };

export const readKind = (erase: ChunkErase) => (erase.kind === "delta" ? "DELTA" : "LOW_RANK");

/** Who reads: the erase key of a delta erase, or a of a low-rank one. */
export const readersOf = (erase: ChunkErase, keys: GpuTensor): GpuTensor =>
  erase.kind === "delta" ? (erase.eraseKey ?? keys) : erase.a;

/** How many rows each chunk and value head has, and how long they are: enough for its reads and for K, and whole matrices. */
export function rowsOf(frame: Frame, erase: ChunkErase) {
  const side = frame.half ? 16 : 4;
  const N = Math.max(side, powerOfTwo(mostReads(frame, readKind(erase))));
  return { N, WIDTH: side * Math.ceil(frame.K / side) };
}

/** Supplies N, WIDTH, `write_at` and `row_place`. */
export const rowsSlot = (frame: Frame, erase: ChunkErase): Slot => ({
  module: rowsModule,
  params: { ...rowsOf(frame, erase), ...(frame.half && { SIDE: 16, LINE: 16 }) },
});

/** The dtype of what matrices are loaded from where it lies. */
export const operandDtype = ({ half }: Frame): "f16" | "f32" => (half ? "f16" : "f32");
