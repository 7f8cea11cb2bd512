import { fill } from "../dense";
import { make, storage } from "../launch";
import type { GpuTensor, Module } from "../runtime";
import closingText from "./closing_grad.wgsl";
import type { Frame, Side } from "./frame";
import gateText from "./gate_grad.wgsl";
import gateReadsText from "./gate_reads_grad.wgsl";
import gateWritesText from "./gate_writes_grad.wgsl";
import { launchChunks, type Reads, type Writes } from "./grad";

const closingModule: Module = { path: "diagonal/closing_grad.wgsl", text: closingText };
const gateReadsModule: Module = { path: "diagonal/gate_reads_grad.wgsl", text: gateReadsText };
const gateWritesModule: Module = { path: "diagonal/gate_writes_grad.wgsl", text: gateWritesText };
const gateModule: Module = { path: "diagonal/gate_grad.wgsl", text: gateText };

export interface GateParts {
  readonly side: Side;
  /** Reads with what they got, but for weights of e⁰ [reads, HV, D]. */
  readonly reads: readonly { readonly reads: Reads; readonly apart: GpuTensor }[];
  readonly writes: Writes;
  /** What reads gave to the writes, but for weights of e⁰ [writes, HV, D]. */
  readonly apart: GpuTensor;
  /** What the state after each chunk gave to the writes [writes, HV, D]. */
  readonly ends: GpuTensor;
  readonly states: GpuTensor; // [chunks, HV, K, V]: before each chunk
  readonly stateGrads: GpuTensor; // [chunks, HV, K, V]: after each chunk
}

/** The gradient of the log gates of every token, [T, HV] or [T, HV, D] f32; the caller disposes it. */
export function gateGradient(
  frame: Frame,
  { side, reads, writes, apart, ends, states, stateGrads }: GateParts,
): GpuTensor {
  const { device, list, T, HV, gates } = frame;
  const D = frame[side];
  const each = gates?.by === "PAIR" ? 1 : D;
  const terms = fill(device, 0, gates?.by === "PAIR" ? [T, HV] : [T, HV, D], "f32");
  const places = list.chunkCount * list.longest * HV * each;
  for (const { reads: stream, apart } of reads) {
    const left = side === "K" ? stream.x : stream.results;
    launchChunks(frame, places, {
      main: gateReadsModule,
      side,
      reads: stream.kind,
      left,
      params: storage({ LEFT: left }),
      bindings: [left, apart, terms],
    });
  }
  const right = side === "K" ? writes.keys : writes.values;
  const ofRight = { side, right, params: storage({ RIGHT: right }) };
  launchChunks(frame, places, {
    ...ofRight,
    main: gateWritesModule,
    bindings: [right, apart, ends, terms],
  });
  const closing = make(device, [list.chunkCount, HV, D], "f32");
  launchChunks(frame, closing.size, {
    ...ofRight,
    main: closingModule,
    bindings: [right, ends, states, stateGrads, closing],
  });
  launchChunks(frame, list.chunkCount * HV * each, { main: gateModule, side, bindings: [closing, terms] });
  closing.dispose();
  return terms;
}
