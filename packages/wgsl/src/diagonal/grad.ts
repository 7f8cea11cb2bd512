import { fill } from "../dense";
import { launchElements, make, type Slot, storage } from "../launch";
import { type GpuTensor, type Module, type Params, u32 } from "../runtime";
import { chunkApartSlot, chunkDecaySlot, chunkReads, type ReadKind } from "../slots/chunk-laws";
import endText from "./end_grad.wgsl";
import { type Frame, mostReads, type Side } from "./frame";
import frameText from "./grad_frame.wgsl";
import readText from "./read_grad.wgsl";
import writeText from "./write_grad.wgsl";

const frameModule: Module = { path: "diagonal/grad_frame.wgsl", text: frameText };
const endModule: Module = { path: "diagonal/end_grad.wgsl", text: endText };
const readModule: Module = { path: "diagonal/read_grad.wgsl", text: readText };
const writeModule: Module = { path: "diagonal/write_grad.wgsl", text: writeText };

/** Reads of the state, and the gradients of their results. */
export interface Reads {
  readonly kind: ReadKind;
  readonly x: GpuTensor; // [reads, heads, K]
  readonly results: GpuTensor; // [reads, HV, V] f32
}

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

const other = { K: "V", V: "K" } as const;
const readSide = ({ x, results }: Reads, side: Side): GpuTensor => (side === "K" ? x : results);
const writeSide = ({ keys, values }: Writes, side: Side): GpuTensor => (side === "K" ? keys : values);

/** The side on which a gate's gradient is summed up, if there are gates. */
export const gateSide = ({ gates }: Frame): Side | undefined =>
  gates && ({ PAIR: "K", KEY: "K", VALUE: "V" } as const)[gates.by];

export interface ChunkLaunch {
  readonly main: Module;
  readonly side: Side;
  readonly reads?: ReadKind;
  readonly left?: GpuTensor;
  readonly right?: GpuTensor;
  readonly params?: Params;
  readonly slots?: readonly Slot[];
  readonly bindings: readonly GpuTensor[];
}

/** Launches a kernel of the gradient's frame with a thread an element; `bindings` follow the chunks. */
export function launchChunks(
  { device, list, steps, HV, K, V, gates }: Frame,
  count: number,
  { main, side, reads, left, right, params, slots = [], bindings }: ChunkLaunch,
): void {
  const group = (x: GpuTensor | undefined): number => (x ? HV / x.shape[1]! : 1);
  launchElements(device, count, {
    main,
    uses: [frameModule, ...(reads ? [chunkReads] : [])],
    slots: [chunkDecaySlot(gates), ...slots],
    params: { ...params, ...(reads && { READS: reads }), K, OF_KEYS: side === "K" },
    uniforms: [list.longest, steps, HV, V, group(left), group(right)].map(u32),
    bindings: [list.chunks, ...bindings],
  });
}

const width = (frame: Frame, side: Side): number => frame[side];

const apartOf = (frame: Frame, side: Side, rows: number): GpuTensor | undefined =>
  gateSide(frame) === side ? fill(frame.device, 0, [rows, frame.HV, width(frame, side)], "f32") : undefined;

/**
 * On K the gradients of what reads, from the products on V; on V the results of the reads, from the products on K. The caller disposes them.
 */
export function ofReads(
  frame: Frame,
  side: Side,
  reads: Reads,
  writes: Writes,
  pairs: GpuTensor,
  states: GpuTensor,
): Gradient {
  const { device, list, HV } = frame;
  const [right, across] = [writeSide(writes, side), readSide(reads, other[side])];
  const rows = across.shape[0]!;
  const all = make(device, [rows, HV, width(frame, side)], "f32");
  const apart = apartOf(frame, side, rows);
  launchChunks(frame, list.chunkCount * mostReads(frame, reads.kind) * HV * width(frame, side), {
    main: readModule,
    side,
    reads: reads.kind,
    left: across,
    right,
    params: storage({ RIGHT: right, OTHER: across }),
    slots: [chunkApartSlot(apart)],
    bindings: [pairs, right, across, states, all],
  });
  return { all, apart };
}

/** What the state after each chunk gives back to its writes, [writes, HV, D] f32; the caller disposes it. */
export function fromEnds(frame: Frame, side: Side, writes: Writes, stateGrads: GpuTensor): GpuTensor {
  const { device, list, HV, steps } = frame;
  const across = writeSide(writes, other[side]);
  const o = make(device, [across.shape[0]!, HV, width(frame, side)], "f32");
  launchChunks(frame, list.chunkCount * list.longest * steps * HV * width(frame, side), {
    main: endModule,
    side,
    right: across,
    params: storage({ OTHER: across }),
    bindings: [across, stateGrads, o],
  });
  return o;
}

/** Adds to a gradient of the writes what reads give back to them, from the products on the other side. */
export function addFromReads(
  frame: Frame,
  side: Side,
  reads: Reads,
  pairs: GpuTensor,
  { all, apart }: Gradient,
): void {
  const { list, HV, steps } = frame;
  const left = readSide(reads, side);
  launchChunks(frame, list.chunkCount * list.longest * steps * HV * width(frame, side), {
    main: writeModule,
    side,
    reads: reads.kind,
    left,
    params: storage({ LEFT: left }),
    slots: [chunkApartSlot(apart)],
    bindings: [pairs, left, all],
  });
}

/** A gradient of the writes to add to: `all` is taken over. */
export const startGradient = (frame: Frame, side: Side, all: GpuTensor): Gradient => ({
  all,
  apart: apartOf(frame, side, all.shape[0]!),
});
