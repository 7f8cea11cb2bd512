import { type Frame, launchStage } from "../diagonal";
import { lanesFor, launch, make, type Slot } from "../launch";
import { valuesBack } from "../low-rank";
import { sink, view } from "../product";
import { type GpuTensor, type Module, u32 } from "../runtime";
import { lanes } from "../shared";
import { type ChunkErase, chunkEraseGradSlot, chunkEraseSlots, writesOf } from "../slots/chunk-laws";
import { readKind, rowsOf, rowsSlot } from "./rows";
import strengthText from "./strength_grad.wgsl";
import type { Solution } from "./system";
import systemText from "./system_grad.wgsl";

const strengthModule: Module = { path: "delta/strength_grad.wgsl", text: strengthText };
const systemModule: Module = { path: "delta/system_grad.wgsl", text: systemText };

/** Gradients that come out of the chunks' triangular systems, f32; the caller disposes them. */
export interface SolvedBack {
  /** Of what an erase's reads find. */
  readonly results: GpuTensor; // [rows, HV, V]
  readonly dv: GpuTensor; // [rows, HV, V]
  /** Of what a delta erase writes, through all later writes of the chunk too. */
  readonly z: GpuTensor | undefined; // [rows, HV, V]
}

/** Goes back through each chunk's triangular system, from the gradient dy [writes, HV, V] of what is written. */
export function solveBack(
  frame: Frame,
  erase: ChunkErase,
  { inverse, pairs }: Solution,
  dy: GpuTensor,
): SolvedBack {
  const { device, HV, V } = frame;
  const gradient = (): GpuTensor => make(device, [dy.shape[0]! / writesOf(erase), HV, V], "f32");
  const back = (results: GpuTensor, others: readonly Slot[]): void =>
    launchStage(frame, {
      stage: systemModule,
      reads: readKind(erase),
      left: inverse,
      right: dy,
      rows: rowsOf(frame, erase).N,
      columns: V,
      along: { left: "rows", right: "columns" },
      slots: [
        rowsSlot(frame, erase),
        view("inverse", inverse),
        view("dy", dy),
        ...chunkEraseSlots(erase),
        chunkEraseGradSlot(erase),
        sink("results", results),
        ...others,
      ],
    });
  const results = gradient();
  if (erase.kind === "lowRank") {
    back(results, []);
    return { results, dv: valuesBack(frame, erase, pairs, results, dy), z: undefined };
  }
  const dv = gradient();
  const z = gradient();
  back(results, [sink("dv", dv), sink("z", z)]);
  return { results, dv, z };
}

/** The gradient of beta [rows, HV] f32, from z and the erase reads' results r [rows, HV, V]; the caller disposes it. */
export function strengthBack({ device, HV, V }: Frame, z: GpuTensor, v: GpuTensor, r: GpuTensor): GpuTensor {
  const o = make(device, [v.shape[0]!, HV], "f32");
  launch(device, {
    main: strengthModule,
    uses: [lanes],
    slots: [view("z", z), view("v", v), view("r", r)],
    params: { LANES: lanesFor(V) },
    uniforms: [o.size, V].map(u32),
    bindings: [o],
    workgroups: o.size,
  });
  return o;
}
