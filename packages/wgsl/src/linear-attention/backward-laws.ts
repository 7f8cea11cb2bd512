import { answerBack, solveBack, strengthBack } from "../delta";
import { binary, copy, fill, slice } from "../dense";
import {
  addFromReads,
  bonusBack,
  carryBack,
  fromEnds,
  gateGradient,
  gateSide,
  ofReads,
  products,
  type Reads,
  type Side,
  startGradient,
  toStarts,
} from "../diagonal";
import type { Device, Slot } from "../launch";
import type { GpuTensor } from "../runtime";
import type { ChunkErase } from "../slots/chunk-laws";
import type { ChunkedWrites, Prepared } from "./chunked";

/** What the way back starts from. */
export interface Flow {
  readonly device: Device;
  readonly args: Prepared;
  readonly forward: ChunkedWrites;
  /** The gradient of what q reads: the output's, scaled. */
  readonly output: GpuTensor; // [T, HV, V] f32
  /** Loads the gradients of the final states and stores those of the initial ones. */
  readonly carried: Slot;
  /** Takes over what is needed no more once all is recorded. */
  readonly own: (x: GpuTensor) => GpuTensor;
}

/** Gradients by value head and token, f32; the caller disposes them. */
export interface Found {
  readonly q: GpuTensor; // [T, HV, K]
  readonly k: GpuTensor; // [rows, HV, K]
  readonly v: GpuTensor; // [rows, HV, V]
  readonly gates?: GpuTensor | undefined; // [T, HV, D or none]
  readonly beta?: GpuTensor | undefined; // [rows, HV]
  /** Of the erase key where it is not k, or of a. */
  readonly reader?: GpuTensor | undefined; // [rows, HV, K]
  readonly b?: GpuTensor | undefined; // [rows, HV, K]
  readonly u?: GpuTensor | undefined; // [T, HV, K]
}

/** Reads, and their products with the keys, or with the values. */
type Stream = readonly [reads: Reads, pairs: GpuTensor];

/** The way back through what is written. */
interface Values {
  /** Queries, then the reads of an erase, with their products with the keys. */
  readonly streams: readonly Stream[];
  readonly stateGrads: GpuTensor; // [chunks, HV, K, V]: after each chunk
  readonly v: GpuTensor; // [rows, HV, V]
  readonly gates?: GpuTensor | undefined; // [T, HV, V]
  readonly beta?: GpuTensor | undefined; // [rows, HV]
}

/** Back through values, keys and reads of every chunk, then through the bonus. */
export function backThroughLaws(flow: Flow): Found {
  const { args, forward, own, output } = flow;
  const { frame, states, values } = forward;
  const { streams, stateGrads, ...found } = args.erase ? answered(flow, args.erase) : plain(flow);
  const onValues = streams.map(
    ([reads]): Stream => [reads, own(products(frame, "V", reads.kind, reads.results, values))],
  );
  const gained = onValues.map(([reads, pairs]) => ofReads(frame, "K", reads, forward, pairs, states));
  const keys = ofWrites(flow, "K", stateGrads, onValues);
  const gates =
    gateSide(frame) === "K"
      ? gateGradient(frame, {
          side: "K",
          reads: onValues.map(([reads], i) => ({ reads, apart: own(gained[i]!.apart!) })),
          writes: forward,
          ...keys,
          states,
          stateGrads,
        })
      : undefined;
  const [q, reader] = gained.map(({ all }) => all) as [GpuTensor, GpuTensor?];
  const grads = { ...found, ...(gates && { gates }), q, ...keysApart(flow, keys.all, reader) };
  if (args.read.kind !== "bonus") return grads;
  const bonus = { q: args.q, k: args.k, v: args.v, u: args.read.u, steps: args.steps };
  return { ...grads, u: bonusBack(frame, bonus, output, { dq: grads.q, dk: grads.k, dv: grads.v }) };
}

/** The keys of the writes are k, or b and k; an erase may read by k too. Takes both over. */
function keysApart(
  { device, args: { erase }, own }: Flow,
  keys: GpuTensor,
  reader: GpuTensor | undefined,
): Pick<Found, "k" | "reader" | "b"> {
  if (erase?.kind === "lowRank") {
    own(keys);
    const [writes, HV, K] = keys.shape as [number, number, number];
    const both = own(device.reshape(keys, [writes / 2, 2, HV, K]));
    const every = (start: number): GpuTensor => {
      const half = slice(device, { x: both, axis: 1, start, end: start + 1, shape: both.shape.with(1, 1) });
      return device.reshape(own(half), [writes / 2, HV, K]);
    };
    return { b: every(0), k: every(1), reader };
  }
  if (!reader || erase?.eraseKey) return { k: keys, reader };
  const { shape } = keys;
  return { k: binary(device, { kind: "add", a: own(keys), b: own(reader), shape, dtype: "f32" }) };
}

/** Without an erase, what is written is v. */
function plain(flow: Flow): Values {
  const { args, forward, output, carried, own } = flow;
  const { frame, keys, states } = forward;
  const reads: Reads = {
    kind: args.read.kind === "after" ? "AFTER" : "BEFORE",
    x: args.q,
    results: output,
  };
  const pairs = own(products(frame, "K", reads.kind, reads.x, keys));
  const stateGrads = own(toStarts(frame, reads));
  carryBack(frame, stateGrads, carried);
  const streams: readonly Stream[] = [[reads, pairs]];
  const written = ofWrites(flow, "V", stateGrads, streams);
  if (gateSide(frame) !== "V") return { streams, stateGrads, v: written.all };
  const read = ofReads(frame, "V", reads, forward, pairs, states);
  own(read.all);
  const gates = gateGradient(frame, {
    side: "V",
    reads: [{ reads, apart: own(read.apart!) }],
    writes: forward,
    ...written,
    states,
    stateGrads,
  });
  return { streams, stateGrads, v: written.all, gates };
}

/** With an erase, what is written answers reads. */
function answered(flow: Flow, erase: ChunkErase): Values {
  const { device, args, forward, output, carried, own } = flow;
  const { frame, keys, values, stateReads, states } = forward;
  const queries: Reads = {
    kind: args.read.kind === "after" ? "AFTER" : "BEFORE",
    x: args.q,
    results: output,
  };
  const pairs = own(products(frame, "K", queries.kind, queries.x, keys));
  const dy = own(fill(device, 0, values.shape, "f32"));
  addFromReads(frame, "V", queries, pairs, { all: dy, apart: undefined });
  const stateGrads = own(toStarts(frame, queries));
  answerBack(frame, erase, keys, stateReads!, dy, stateGrads, carried);

  const kind = erase.kind === "delta" ? "DELTA" : "LOW_RANK";
  const x = erase.kind === "delta" ? (erase.eraseKey ?? keys) : erase.a;
  const erased = own(products(frame, "K", kind, x, keys));
  const { results, dv } = solveBack(frame, erase, erased, dy);
  const erasing: Reads = { kind, x, results: own(results) };
  const streams: readonly Stream[] = [
    [queries, pairs],
    [erasing, erased],
  ];
  if (erase.kind !== "delta" || !erase.beta) return { streams, stateGrads, v: dv };
  const r = own(ofReads(frame, "V", erasing, forward, erased, states).all);
  return { streams, stateGrads, v: dv, beta: strengthBack(frame, dy, args.v, r) };
}

/** Gradients of the keys or values of the writes; all but `all` is the flow's. */
function ofWrites(
  { device, forward, own }: Flow,
  side: Side,
  stateGrads: GpuTensor,
  streams: readonly Stream[],
): { readonly all: GpuTensor; readonly apart: GpuTensor; readonly ends: GpuTensor } {
  const { frame } = forward;
  const ends = own(fromEnds(frame, side, forward, stateGrads));
  const grad = startGradient(frame, side, copy(device, ends));
  for (const [reads, pairs] of streams) addFromReads(frame, side, reads, pairs, grad);
  return { all: grad.all, apart: grad.apart ? own(grad.apart) : ends, ends };
}
