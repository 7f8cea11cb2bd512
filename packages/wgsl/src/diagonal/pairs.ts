import { make } from "../launch";
import { sink, view } from "../product";
import type { GpuTensor, Module } from "../runtime";
import type { ReadKind } from "../slots/chunk-laws";
import { type Frame, gated, keep, mostReads, mostWrites, type Side } from "./frame";
import { nearPairs } from "./near";
import text from "./pairs.wgsl";
import { sidesSlot } from "./sides";
import { launchStage } from "./stage";

const pairsModule: Module = { path: "diagonal/pairs.wgsl", text };

export interface PairsArgs {
  /** Who reads, and so which writes a read sees. */
  readonly kind: ReadKind;
  /** Of the rows: "K", x and keys; "V", the gradients of what x read and written values. */
  readonly side: Side;
  readonly left: GpuTensor; // [reads, heads, D]
  readonly right: GpuTensor; // [writes, heads, D]
  /** Whether they stay f32. */
  readonly exact?: boolean | undefined;
}

/**
 * ⟨left_t, e^{G_t − G_w} right_w⟩ of all reads t and writes w of a chunk, 0 where t does not see w:
 * [chunks, HV, reads, writes rounded up to fours]; rows of reads that a chunk lacks are not written. `product_index`
 * of `chunk_reads` says where a pair is. The caller disposes it.
 */
export function pairs(frame: Frame, { kind, side, left, right, exact = false }: PairsArgs): GpuTensor {
  const { device, list, HV } = frame;
  const [reads, writes] = [mostReads(frame, kind), mostWrites(frame)];
  const shape = [list.chunkCount, HV, reads, 4 * Math.ceil(writes / 4)];
  const o = exact ? make(device, shape, "f32") : keep(frame, shape);
  const split = gated(frame, side);
  const slots = [sidesSlot(frame, side), view("reads", left), view("writes", right), sink("pairs", o)];
  launchStage(frame, {
    stage: pairsModule,
    reads: kind,
    left,
    right,
    rows: reads,
    columns: writes,
    along: { left: "inner", right: "inner" },
    split,
    asStored: split ? undefined : { left, right },
    slots,
  });
  if (split) nearPairs(frame, { side, reads: kind, left, right, slots });
  return o;
}
