import type { CheckedLinearAttention } from "@webfla/ops";
import { answerBack, solveBack, strengthBack } from "../delta";
import { slice } from "../dense";
import {
  bonusBack,
  type ChunkList,
  carry,
  type Frame,
  fromReads,
  gateGradient,
  gateSide,
  keepZeros,
  ofReads,
  ofWrites,
  pairs,
  type Reads,
  type Stream,
  toStarts,
} from "../diagonal";
import type { Device, Slot } from "../launch";
import type { GpuTensor } from "../runtime";
import { stateSlot } from "../slots";
import type { ChunkErase } from "../slots/chunk-laws";
import { type ChunkedWrites, chunkedWrites, type Prepared } from "./writes";

/** What every way back starts from. */
export interface Upstream {
  readonly device: Device;
  readonly list: ChunkList;
  readonly chunkSize: number;
  /** Whether what chunks multiply and keep may be f16. */
  readonly half: boolean;
  /** Whether nobody asks for the gradient of the gates. */
  readonly constantGates: boolean | undefined;
  /** The gradient of what q reads: the output's, scaled. */
  readonly output: GpuTensor; // [T, HV, V] f32
  /** The gradient of the final states. */
  readonly final: GpuTensor; // [N, HV, K, V] f32
  /** Takes over what is needed no more once all is recorded. */
  readonly own: (x: GpuTensor) => GpuTensor;
}

/** The way back through one law. */
interface Flow extends Pick<Upstream, "device" | "final" | "own" | "constantGates"> {
  readonly args: Prepared;
  readonly forward: ChunkedWrites;
  /** The gradient of what q reads; without it nothing is read, and `writes` is there. */
  readonly reads?: GpuTensor; // [T, HV, V] f32
  /** The gradient that the writes of an erase get by themselves, which is taken over. */
  readonly writes?: GpuTensor; // [writes, HV, V] f32
}

/** Gradients by value head and token, f32; the caller disposes them. */
export interface Found {
  /** Where q reads. */
  readonly q?: GpuTensor | undefined; // [T, HV, K]
  readonly k: GpuTensor; // [rows, HV, K]
  readonly v: GpuTensor; // [rows, HV, V]
  readonly gates?: GpuTensor | undefined; // [T, HV, D or none]
  readonly beta?: GpuTensor | undefined; // [rows, HV]
  /** Of the erase key where it is not k, or of a. */
  readonly reader?: GpuTensor | undefined; // [rows, HV, K]
  readonly b?: GpuTensor | undefined; // [rows, HV, K]
  readonly u?: GpuTensor | undefined; // [T, HV, K]
  readonly initialState?: GpuTensor | undefined; // [N, HV, K, V]
}

/** The way back through what is written. */
interface Values {
  /** Queries, and the reads of an erase, with their products with the keys. */
  readonly queries?: Stream | undefined;
  readonly erasing?: Stream | undefined;
  readonly stateGrads: GpuTensor; // [chunks, HV, K, V]: after each chunk
  readonly v: GpuTensor; // [rows, HV, V]
  readonly gates?: GpuTensor | undefined; // [T, HV, V]
  readonly beta?: GpuTensor | undefined; // [rows, HV]
}

/** Back through a law that chunks have, from its writes on, and its bonus. */
export function backThroughChunks(upstream: Upstream, args: Prepared): Found {
  const { output } = upstream;
  const forward = writesAgain(upstream, args);
  const found = backThroughLaws({ ...upstream, args, forward, reads: output });
  const all = backThroughBonus(forward.frame, args, output, found);
  forward.dispose();
  return all;
}

/** The writes of the forward pass, made again. */
export function writesAgain({ device, list, chunkSize, half }: Upstream, args: Prepared): ChunkedWrites {
  const { N, HV, K, V } = args.sizes;
  const start = stateSlot(device, args.initialState, false, [N, HV, K, V]);
  return chunkedWrites(device, args, list, chunkSize, start.slot, half);
}

/** Adds in place what the bonus of what is read gives to q, k and v. */
export function backThroughBonus(
  frame: Frame,
  { q, k, v, read, steps }: CheckedLinearAttention<GpuTensor>,
  output: GpuTensor,
  found: Found,
): Found {
  if (read.kind !== "bonus") return found;
  const bonus = { q, k, v, u: read.u, steps };
  return { ...found, u: bonusBack(frame, bonus, output, { dq: found.q!, dk: found.k, dv: found.v }) };
}

/** Back through values, keys and reads of every chunk. */
export function backThroughLaws(given: Flow): Found {
  const { device, args, own, final, constantGates } = given;
  const frame: Frame = { ...given.forward.frame, constantGates };
  const forward: ChunkedWrites = { ...given.forward, frame };
  const flow: Flow = { ...given, forward };
  const { states, values } = forward;
  // what flows into the final states becomes, in place, what flows out of the initial ones
  const carried = stateSlot(device, final, args.initialState !== undefined, final.shape);
  const written = args.erase ? answered(flow, args.erase, carried.slot) : plain(flow, carried.slot);
  const { stateGrads, v, beta } = written;
  const toValues = ([reads]: Stream): Stream => [
    reads,
    own(pairs(frame, { kind: reads.kind, side: "V", left: reads.results, right: values })),
  ];
  const queries = written.queries && toValues(written.queries);
  const erasing = written.erasing && toValues(written.erasing);
  const streams = [queries, erasing].filter((stream) => stream !== undefined);
  const keys = ofWrites(frame, "K", forward, stateGrads, streams);
  for (const x of [keys.apart, keys.ends]) if (x) own(x);
  const read = queries && ofReads(frame, "K", queries, forward, states);
  // an erase that reads by the keys adds to their gradient
  const ownKeys = args.erase?.kind === "delta" && !args.erase.eraseKey;
  const erased = erasing && ofReads(frame, "K", erasing, forward, states, ownKeys ? keys.all : undefined);
  const gains = [read, erased].filter((x) => x !== undefined);
  const gates =
    gateSide(frame) === "K"
      ? gateGradient(frame, {
          side: "K",
          reads: streams.map(([reads], i) => ({ reads, apart: own(gains[i]!.apart!) })),
          writes: forward,
          apart: keys.apart!,
          ends: keys.ends!,
          states,
          stateGrads,
        })
      : written.gates;
  const { finalState: initialState } = carried;
  return {
    q: read?.all,
    ...keysApart(flow, keys.all),
    reader: ownKeys ? undefined : erased?.all,
    v,
    gates,
    beta,
    initialState,
  };
}

/** The keys of the writes are k, or with a low-rank erase b and k. Takes them over. */
function keysApart({ device, args, own }: Flow, keys: GpuTensor): Pick<Found, "k" | "b"> {
  if (args.erase?.kind !== "lowRank") return { k: keys };
  own(keys);
  const [writes, HV, K] = keys.shape as [number, number, number];
  const both = own(device.reshape(keys, [writes / 2, 2, HV, K]));
  const every = (start: number): GpuTensor => {
    const half = slice(device, { x: both, axis: 1, start, end: start + 1, shape: both.shape.with(1, 1) });
    return device.reshape(own(half), [writes / 2, HV, K]);
  };
  return { b: every(0), k: every(1) };
}

/** Without an erase, what is written is v. */
function plain(flow: Flow, carried: Slot): Values {
  const { forward, own } = flow;
  const { frame, states } = forward;
  const queries = queriesOf(flow)!;
  const [reads] = queries;
  const stateGrads = own(toStarts(frame, reads));
  carry(frame, stateGrads, carried, { backward: true });
  const { all: v, apart, ends } = ofWrites(frame, "V", forward, stateGrads, [queries]);
  for (const x of [apart, ends]) if (x) own(x);
  if (!apart || !ends) return { queries, stateGrads, v };
  const read = ofReads(frame, "V", queries, forward, states);
  for (const x of [read.all, read.apart!]) own(x);
  const gates = gateGradient(frame, {
    side: "V",
    reads: [{ reads, apart: read.apart! }],
    writes: forward,
    apart,
    ends,
    states,
    stateGrads,
  });
  return { queries, stateGrads, v, gates };
}

/** With an erase, what is written answers reads. */
function answered(flow: Flow, erase: ChunkErase, carried: Slot): Values {
  const { args, forward, writes, own } = flow;
  const { frame, keys, states } = forward;
  const solution = forward.solution!;
  const queries = queriesOf(flow);
  const dy = own(queries ? fromReads(frame, queries, forward) : writes!);
  const stateGrads = own(queries ? toStarts(frame, queries[0]) : keepZeros(frame, states.shape));
  answerBack(frame, erase, solution, dy, stateGrads, carried);

  const kind = erase.kind === "delta" ? "DELTA" : "LOW_RANK";
  const x = erase.kind === "delta" ? (erase.eraseKey ?? keys) : erase.a;
  const { results, dv, z } = solveBack(frame, erase, solution, dy);
  const reads: Reads = { kind, x, results: own(results) };
  const erasing: Stream = [reads, solution.pairs];
  if (z) own(z);
  if (!z || erase.kind !== "delta" || !erase.beta) return { queries, erasing, stateGrads, v: dv };
  const r = own(ofReads(frame, "V", erasing, forward, states).all);
  return { queries, erasing, stateGrads, v: dv, beta: strengthBack(frame, z, args.v, r) };
}

/** What q reads. */
function queriesOf({
  args: { q, read },
  forward: { frame, keys },
  reads: results,
  own,
}: Flow): Stream | undefined {
  if (!results) return undefined;
  const kind = read.kind === "after" ? "AFTER" : "BEFORE";
  return [{ kind, x: q, results }, own(pairs(frame, { kind, side: "K", left: q, right: keys }))];
}
