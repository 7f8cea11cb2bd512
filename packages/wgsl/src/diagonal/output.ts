import { sink, view } from "../product";
import type { GpuTensor, Module } from "../runtime";
import { chunkExtraSlot } from "../slots/chunk-laws";
import { type Frame, gated } from "./frame";
import text from "./output.wgsl";
import { pairs } from "./pairs";
import { launchStage } from "./stage";

const outputModule: Module = { path: "diagonal/output.wgsl", text };

export interface OutputArgs {
  readonly q: GpuTensor; // [T, heads, K]
  readonly keys: GpuTensor; // [writes, heads, K]
  readonly values: GpuTensor; // [writes, HV, V]
  readonly states: GpuTensor; // [chunks, HV, K, V]
  readonly extra: GpuTensor | undefined; // [T, HV, V] f32
  readonly o: GpuTensor; // [T, HV, V]
  readonly scale: number;
  /** Whether a token reads after its own writes. */
  readonly after: boolean;
}

/** Writes o at the tokens of the chunks. */
export function chunkOutputs(
  frame: Frame,
  { q, keys, values, states, extra, o, scale, after }: OutputArgs,
): void {
  const kind = after ? "AFTER" : "BEFORE";
  const seen = pairs(frame, { kind, side: "K", left: q, right: keys });
  launchStage(frame, {
    stage: outputModule,
    reads: kind,
    left: q,
    right: values,
    rows: frame.list.longest,
    columns: frame.V,
    along: { left: "inner", right: "columns" },
    terms: 2,
    split: gated(frame, "V"),
    scale,
    slots: [
      view("queries", q),
      view("pairs", seen),
      view("states", states),
      view("values", values),
      chunkExtraSlot(extra),
      sink("o", o),
    ],
  });
  seen.dispose();
}
