import { sink, view } from "../product";
import type { GpuTensor, Module } from "../runtime";
import { type Frame, keep, mostReads } from "./frame";
import type { Reads } from "./grad";
import { launchStage } from "./stage";
import startText from "./start_grad.wgsl";

const startModule: Module = { path: "diagonal/start_grad.wgsl", text: startText };

/** What reads give back to the state before each chunk, [chunks, HV, K, V]; the caller disposes it. */
export function toStarts(frame: Frame, { kind, x, results }: Reads): GpuTensor {
  const { list, HV, K, V } = frame;
  const o = keep(frame, [list.chunkCount, HV, K, V]);
  launchStage(frame, {
    stage: startModule,
    reads: kind,
    left: x,
    right: results,
    rows: K,
    columns: V,
    inner: mostReads(frame, kind),
    along: { left: "rows", right: "columns" },
    slots: [view("reads", x), view("results", results), sink("o", o)],
  });
  return o;
}
