import { type Frame, keep, launchStage, mostReads } from "../diagonal";
import { make } from "../launch";
import { sink, view } from "../product";
import type { GpuTensor, Module } from "../runtime";
import { type ChunkErase, chunkEraseSlots } from "../slots/chunk-laws";
import earlierText from "./earlier.wgsl";
import secondsText from "./seconds.wgsl";
import valuesText from "./values_grad.wgsl";

const earlierModule: Module = { path: "low-rank/earlier.wgsl", text: earlierText };
const secondsModule: Module = { path: "low-rank/seconds.wgsl", text: secondsText };
const valuesModule: Module = { path: "low-rank/values_grad.wgsl", text: valuesText };

export type LowRank = Extract<ChunkErase, { kind: "lowRank" }>;

/**
 * What each row's read finds in the values of the chunk's earlier rows, [rows, HV, V], from the products
 * `pairs` [chunks, HV, rows, writes] of reads and writes; v becomes the second write of every row in values [2 · rows, HV, V]. The
 * caller disposes it.
 */
export function findEarlier(
  frame: Frame,
  erase: LowRank,
  pairs: GpuTensor,
  v: GpuTensor,
  values: GpuTensor,
): GpuTensor {
  const found = keep(frame, v.shape);
  launchStage(frame, {
    stage: earlierModule,
    reads: "LOW_RANK",
    left: pairs,
    right: v,
    rows: mostReads(frame, "LOW_RANK"),
    columns: frame.V,
    along: { left: "inner", right: "columns" },
    slots: [
      { module: secondsModule },
      ...chunkEraseSlots(erase),
      view("pairs", pairs),
      view("v", v),
      sink("found", found),
      sink("values", values),
    ],
  });
  return found;
}

/** The gradient of v [rows, HV, V] f32, from that of what its reads find and of all writes, dy [2 · rows, HV, V]; the caller disposes it. */
export function valuesBack(
  frame: Frame,
  erase: LowRank,
  pairs: GpuTensor,
  results: GpuTensor,
  dy: GpuTensor,
): GpuTensor {
  const dv = make(frame.device, results.shape, "f32");
  launchStage(frame, {
    stage: valuesModule,
    reads: "LOW_RANK",
    left: pairs,
    right: results,
    rows: mostReads(frame, "LOW_RANK"),
    columns: frame.V,
    along: { left: "rows", right: "columns" },
    slots: [
      { module: secondsModule },
      ...chunkEraseSlots(erase),
      view("pairs", pairs),
      view("results", results),
      view("dy", dy),
      sink("dv", dv),
    ],
  });
  return dv;
}
