import { make } from "../launch";
import { sink, view } from "../product";
import type { GpuTensor, Module } from "../runtime";
import { chunkApartSlots, chunkBaseSlots, chunkEndsSlots, type ReadKind } from "../slots/chunk-laws";
import endText from "./end_grad.wgsl";
import { type Frame, gated, gateSide, mostReads, mostWrites, type Side } from "./frame";
import readText from "./read_grad.wgsl";
import { sidesSlot } from "./sides";
import { launchStage } from "./stage";
import writeText from "./write_grad.wgsl";

const endModule: Module = { path: "diagonal/end_grad.wgsl", text: endText };
const readModule: Module = { path: "diagonal/read_grad.wgsl", text: readText };
const writeModule: Module = { path: "diagonal/write_grad.wgsl", text: writeText };

/** Reads of the state, and the gradients of their results. */
export interface Reads {
  readonly kind: ReadKind;
  readonly x: GpuTensor; // [reads, heads, K]
  readonly results: GpuTensor; // [reads, HV, V] f32
}

/** Reads, and their pairs with the keys, or with the values. */
export type Stream = readonly [reads: Reads, pairs: GpuTensor];

/** What is written into the state. */
export interface Writes {
  readonly keys: GpuTensor; // [writes, heads, K]
  readonly values: GpuTensor; // [writes, HV, V]
}

/** A gradient, and where gates ask for it its part that they have faded: without what reached a read with a weight of e⁰. */
export interface Gradient {
  readonly all: GpuTensor; // [rows, HV, D] f32
  readonly apart: GpuTensor | undefined; // [rows, HV, D] f32
}

/** A gradient of the writes, and by itself what the state after each chunk gave them where a gate's gradient asks for it. */
export interface WriteGradient extends Gradient {
  readonly ends: GpuTensor | undefined; // [writes, HV, D] f32
}

const other = { K: "V", V: "K" } as const;
const readSide = ({ x, results }: Reads, side: Side): GpuTensor => (side === "K" ? x : results);
const writeSide = ({ keys, values }: Writes, side: Side): GpuTensor => (side === "K" ? keys : values);

/** In which direction four elements of a state lie, seen from the side at hand. */
const alongStates = { K: "inner", V: "columns" } as const;

const makeGradient = (frame: Frame, side: Side, rows: number): GpuTensor =>
  make(frame.device, [rows, frame.HV, frame[side]], "f32");

const makeApart = (frame: Frame, side: Side, rows: number): GpuTensor | undefined =>
  gateSide(frame) === side ? makeGradient(frame, side, rows) : undefined;

/**
 * On K the gradients of what reads, from the pairs on V; on V the results of the reads, from the pairs on K. The caller disposes them, but
 * for `onto`, to which they are added where it is given.
 */
export function ofReads(
  frame: Frame,
  side: Side,
  [reads, pairs]: Stream,
  writes: Writes,
  states: GpuTensor,
  onto?: GpuTensor,
): Gradient {
  const [right, across] = [writeSide(writes, side), readSide(reads, other[side])];
  const rows = across.shape[0]!;
  const all = onto ?? makeGradient(frame, side, rows);
  const apart = makeApart(frame, side, rows);
  launchStage(frame, {
    stage: readModule,
    reads: reads.kind,
    left: across,
    right,
    rows: mostReads(frame, reads.kind),
    columns: frame[side],
    along: { left: "inner", right: alongStates[side] },
    terms: 2,
    split: gated(frame, side),
    slots: [
      sidesSlot(frame, side),
      view("products", pairs),
      view("writes", right),
      view("across", across),
      view("states", states),
      ...chunkBaseSlots(onto ? "itself" : "nothing"),
      sink("o", all),
      ...chunkApartSlots(apart),
    ],
  });
  return { all, apart };
}

/**
 * Gradients of the keys or values of the writes, from the states after each chunk [chunks, HV, K, V] and from reads, of which there
 * are some. The caller disposes them.
 */
export function ofWrites(
  frame: Frame,
  side: Side,
  writes: Writes,
  stateGrads: GpuTensor,
  streams: readonly Stream[],
): WriteGradient {
  const ends: Ends = { across: writeSide(writes, other[side]), stateGrads };
  const rows = ends.across.shape[0]!;
  const all = makeGradient(frame, side, rows);
  const apart = makeApart(frame, side, rows);
  const kept = apart || gated(frame, side) ? fromEnds(frame, side, ends) : undefined;
  for (const [i, stream] of streams.entries())
    giveBack(frame, side, stream, { all, apart }, i > 0 ? "itself" : (kept ?? ends));
  return { all, apart, ends: kept };
}

/** What reads alone give to the values of the writes, [writes, HV, V] f32; the caller disposes it. */
export function fromReads(frame: Frame, stream: Stream, writes: Writes): GpuTensor {
  const all = makeGradient(frame, "V", writes.values.shape[0]!);
  giveBack(frame, "V", stream, { all, apart: undefined }, "nothing");
  return all;
}

/** The states after each chunk, and what they give to the writes by. */
interface Ends {
  readonly across: GpuTensor; // [writes, heads, E]
  readonly stateGrads: GpuTensor; // [chunks, HV, K, V]
}

function fromEnds(frame: Frame, side: Side, { across, stateGrads }: Ends): GpuTensor {
  const o = makeGradient(frame, side, across.shape[0]!);
  launchStage(frame, {
    stage: endModule,
    left: across,
    right: across,
    rows: mostWrites(frame),
    columns: frame[side],
    along: { left: "inner", right: alongStates[side] },
    slots: [sidesSlot(frame, side), ...chunkEndsSlots(across, stateGrads), sink("o", o)],
  });
  return o;
}

/** Adds what reads give to the writes to a base: nothing, what is there, another gradient, or what the states after the chunks give. */
function giveBack(
  frame: Frame,
  side: Side,
  [reads, pairs]: Stream,
  { all, apart }: Gradient,
  base: "nothing" | "itself" | GpuTensor | Ends,
): void {
  const left = readSide(reads, side);
  const ends = typeof base === "object" && "across" in base ? base : undefined;
  launchStage(frame, {
    stage: writeModule,
    reads: reads.kind,
    left,
    right: ends?.across ?? left,
    rows: mostWrites(frame),
    columns: frame[side],
    along: ends ? { left: "inner", right: alongStates[side] } : { left: "rows", right: "columns" },
    terms: ends ? 2 : 1,
    split: gated(frame, side),
    slots: [
      sidesSlot(frame, side),
      view("products", pairs),
      view("reads", left),
      ...chunkEndsSlots(ends?.across, ends?.stateGrads),
      ...chunkBaseSlots(typeof base === "string" ? base : ends ? "nothing" : (base as GpuTensor)),
      sink("o", all),
      ...chunkApartSlots(apart, base === "itself"),
    ],
  });
}
