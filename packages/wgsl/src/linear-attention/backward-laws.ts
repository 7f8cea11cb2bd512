import { binary, copy, fill, slice } from "../dense";
import { answerBack, solveBack, strengthBack } from "../delta";
import {
  addFromReads,
  bonusBack,
  carryBack,
  fromEnds,
  type Frame,
  gateGradient,
  gateSide,
  ofReads,
  products,
  type Reads,
  type Side,
  startGradient,
  toStarts,
  type Writes,
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
  /** The gradient of the reads by q: of the output, scaled. */
  readonly output: GpuTensor; // [T, HV, V] f32
  /** The gradients of the final states, and where those of the initial ones go. */
  readonly carried: Slot;
  /** Takes over what is needed no more once all is recorded. */
  readonly own: (x: GpuTensor) => GpuTensor;
}

/** Gradients by value head, f32; the caller disposes them. */
export interface Found {
  readonly q: GpuTensor; // [T, HV, K]
  readonly k: GpuTensor; // [rows, HV, K]
  readonly v: GpuTensor; // [rows, HV, V]
  readonly gates: GpuTensor | undefined; // [T, HV] or [T, HV, D]
  readonly beta: GpuTensor | undefined; // [rows, HV]
  /** Of the erase key, where it is not k, or of a. */
  readonly reader: GpuTensor | undefined; // [rows, HV, K]
  readonly b: GpuTensor | undefined; // [rows, HV, K]
  readonly u: GpuTensor | undefined; // [T, HV, K]
}

/** Reads, and their products with the keys. */
interface Stream {
  readonly reads: Reads;
  readonly onKeys: GpuTensor; // [chunks, HV, C, C]
}

/** The way back through the written values. */
interface Values {
  readonly streams: readonly [queries: Stream, erasing?: Stream];
  /** Of the state after each chunk. */
  readonly stateGrads: GpuTensor; // [chunks, HV, K, V]
  readonly v: GpuTensor; // [rows, HV, V]
  readonly beta?: GpuTensor | undefined; // [rows, HV]
}

export function backThroughLaws(flow: Flow): Found {
  const { device, args, forward, own } = flow;
  const { erase } = args;
  const { frame, states } = forward;
  const values = erase ? answered(flow, erase) : plain(flow);
  own(values.stateGrads);
  const [queries, erasing] = values.streams.map((stream) => {
    own(stream.onKeys);
    const { kind, results } = stream.reads;
    const onValues = own(products(frame, "V", kind, results, forward.values));
    return { ...stream, onValues, gained: ofReads(frame, "K", stream.reads, forward, onValues, states) };
  });
  const all = [queries!, ...(erasing ? [erasing] : [])];
  const keys = ofWrites(
    flow,
    "K",
    values.stateGrads,
    all.map(({ reads, onValues }) => [reads, onValues]),
  );
  const gates = gateSide(frame) === "K" ? ofKeyGates() : gateSide(frame) && ofValueGates(flow, values);
  function ofKeyGates(): GpuTensor {
    return gateGradient(frame, {
      side: "K",
      reads: all.map(({ reads, gained }) => ({ reads, apart: own(gained.apart!) })),
      writes: forward,
      apart: own(keys.apart!),
      ends: keys.ends,
      states,
      stateGrads: values.stateGrads,
    });
  }
  return {
    gates,
    ...values,
  } as never;
}
