import { launch, storage } from "../launch";
import { f32, type GpuTensor, type Module, u32 } from "../runtime";
import { chunkDecaySlot, chunkExtraSlot } from "../slots/chunk-laws";
import type { Frame } from "./frame";
import text from "./output.wgsl";
import { pairsSlot } from "./pairs";

const outputModule: Module = { path: "diagonal/output.wgsl", text };

export interface OutputArgs {
  readonly q: GpuTensor; // [T, heads, K]
  readonly keys: GpuTensor; // [writes, heads, K]
  readonly values: GpuTensor; // [writes, HV, V]
  readonly states: GpuTensor; // [chunks, HV, K, V] f32
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
  const { device, list, steps, HV, V, gates } = frame;
  const groups = list.chunkCount * HV;
  const columns = 16 * Math.min(4, Math.ceil(V / 16));
  launch(device, {
    main: outputModule,
    slots: [pairsSlot(frame, keys, columns), chunkDecaySlot(gates), chunkExtraSlot(extra)],
    params: { ...storage({ Q: q, O: o, VALUE: values }), AFTER: after ? 1 : 0 },
    uniforms: [...[groups, steps, HV, V, HV / keys.shape[1]!, HV / q.shape[1]!].map(u32), f32(scale)],
    bindings: [list.chunks, q, values, states, o],
    workgroups: groups,
  });
}
