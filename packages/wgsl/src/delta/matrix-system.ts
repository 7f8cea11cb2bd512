import type { Frame } from "../diagonal";
import { launch, make } from "../launch";
import { inFours, sink, view } from "../product";
import { type GpuTensor, type Module, u32 } from "../runtime";
import { beyond, fours, matrices } from "../shared";
import {
  type ChunkErase,
  chunkDecaySlot,
  chunkEraseSlots,
  chunkInverseSlot,
  chunkReads,
} from "../slots/chunk-laws";
import operandsText from "./operands.wgsl";
import { chunkModule, operandDtype, readKind, rowsOf, rowsSlot } from "./rows";
import text from "./system.matrix.wgsl";

const operandsModule: Module = { path: "delta/operands.wgsl", text: operandsText };
const systemModule: Module = { path: "delta/system.matrix.wgsl", text };

/** A chunk's triangular system, and where its solution goes. */
export interface System {
  readonly pairs: GpuTensor;
  readonly readers: GpuTensor;
  /** What U is made from: v, or what the reads of a low-rank erase find in it. */
  readonly found: GpuTensor; // [rows, HV, V]
  readonly stateReads: GpuTensor;
  readonly values: GpuTensor;
}

// channels that are multiplied at a time: the first of these that a device has workgroup memory for
const PARTS = [64, 32];

// L or a part of the results in f32, M and the part's other operand in f16, weights, and flags of what is beyond f16
const workgroupBytes = (N: number, part: number): number =>
  16 * N * Math.max(N / 4 + 1, part / 4 + 2) + 2 * N * (N + 8) + 2 * N * (part + 8) + 8 * N + 32;

/** The channels of a part where one kernel solves the systems of all chunks; undefined where the device has no matrices or no room for it. */
export function partFor(frame: Frame, erase: ChunkErase): number | undefined {
  const { device, gates, half, back } = frame;
  const { N } = rowsOf(frame, erase);
  const { maxComputeWorkgroupStorageSize, maxStorageBuffersPerShaderStage } = device.info.limits;
  const beta = erase.kind === "delta" && erase.beta;
  // chunks and those of System, and what not every call has
  const buffers = 6 + [beta, gates, back].filter(Boolean).length;
  if (!half || buffers > maxStorageBuffersPerShaderStage) return undefined;
  return PARTS.find((part) => workgroupBytes(N, part) <= maxComputeWorkgroupStorageSize);
}

/** Solves them so, part by part. Returns the inverse where the way back follows; the caller disposes it. */
export function solveAtOnce(
  frame: Frame,
  erase: ChunkErase,
  { pairs, readers, found, stateReads, values }: System,
  part: number,
): GpuTensor | undefined {
  const { device, list, steps, HV, K, V, gates, back } = frame;
  const { N } = rowsOf(frame, erase);
  const inverse = back ? make(device, [list.chunkCount, HV, N, N], operandDtype(frame)) : undefined;
  const groups = list.chunkCount * HV;
  launch(device, {
    main: systemModule,
    uses: [fours, matrices, beyond, chunkModule, operandsModule, chunkReads],
    slots: [
      rowsSlot(frame, erase),
      chunkDecaySlot(gates),
      ...chunkEraseSlots(erase),
      view("pairs", pairs),
      view("readers", readers),
      view("v", found),
      sink("state_reads", stateReads),
      sink("values", values),
      chunkInverseSlot(inverse),
    ],
    params: { PART: part, K, STEPS: steps, READS: readKind(erase), UNEVEN: !inFours({ shape: [V] }) },
    uniforms: [groups, list.longest, HV, V, HV / readers.shape[1]!].map(u32),
    bindings: [list.chunks],
    workgroups: groups,
  });
  return inverse;
}
