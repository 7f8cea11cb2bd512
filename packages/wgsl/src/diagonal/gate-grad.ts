import { make } from "../launch";
import { view } from "../product";
import type { GpuTensor, Module } from "../runtime";
import closingText from "./closing_grad.wgsl";
import type { Frame, Side } from "./frame";
import gateText from "./gate_grad.wgsl";
import gateReadsText from "./gate_reads_grad.wgsl";
import tokenText from "./gate_token_grad.wgsl";
import type { Reads, Writes } from "./grad";
import { launchChunks } from "./grad-elements";

const closingModule: Module = { path: "diagonal/closing_grad.wgsl", text: closingText };
const gateReadsModule: Module = { path: "diagonal/gate_reads_grad.wgsl", text: gateReadsText };
const gateModule: Module = { path: "diagonal/gate_grad.wgsl", text: gateText };
const tokenModule: Module = { path: "diagonal/gate_token_grad.wgsl", text: tokenText };

// threads of a workgroup, those that share a sum over channels, and channels that a workgroup closes
const THREADS = 256;
const LANES = 8;
const TILE = 32;

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
  const { device, list, chunkSize, T, HV, gates } = frame;
  const D = frame[side];
  const places = list.chunkCount * HV;
  const byToken = gates?.by === "PAIR";
  const [each, lanes] = byToken ? [1, LANES] : [D, 1];
  const terms = make(device, byToken ? [T, HV] : [T, HV, D], "f32");
  for (const [i, { reads: stream, apart }] of reads.entries()) {
    const left = side === "K" ? stream.x : stream.results;
    launchChunks(frame, places * list.longest * each * lanes, {
      main: gateReadsModule,
      side,
      reads: stream.kind,
      left,
      params: { LANES: lanes, GROWS: i > 0 },
      slots: [view("left", left)],
      bindings: [apart, terms],
    });
  }
  const tiles = Math.ceil(D / TILE);
  const closing = make(device, [list.chunkCount, HV, byToken ? tiles : D], "f32");
  launchChunks(frame, places * tiles * THREADS, {
    main: closingModule,
    side,
    slots: [view("states", states), view("state_grads", stateGrads)],
    bindings: [closing],
  });
  const right = side === "K" ? writes.keys : writes.values;
  launchChunks(frame, byToken ? places * THREADS : places * D, {
    main: byToken ? tokenModule : gateModule,
    side,
    right,
    params: byToken ? { C: chunkSize, TILES: tiles } : {},
    slots: [view("right", right)],
    bindings: [apart, ends, closing, terms],
  });
  closing.dispose();
  return terms;
}
