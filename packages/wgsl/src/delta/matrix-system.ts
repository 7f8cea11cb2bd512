import type { Frame } from "../diagonal";
import { launch, make } from "../launch";
import { inFours, sink, view } from "../product";
import { type GpuTensor, type Module, u32 } from "../runtime";
import { beyond, fours, matrices } from "../shared";
import {
  type ChunkErase,
  chunkDecaySlot,
  chunkEndKeysSlot,
  chunkEraseSlots,
  chunkInverseSlot,
  chunkReads,
} from "../slots/chunk-laws";
import operandsText from "./operands.wgsl";
import { chunkModule, operandDtype, readKind, rowsModule, rowsOf } from "./rows";
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
  /** Where the readers are to be stored as they are at their chunk's end. */
  readonly endKeys?: GpuTensor | undefined;
}

// channels that are multiplied at a time: the first of these that a device has workgroup memory for
const PARTS = [64, 32];

// L or a part of the results in f32, M and the part's other operand in f16, weights of rows, flags of what is beyond f16
const workgroupBytes = (N: number, part: number): number =>
  16 * N * Math.max(N / 4 + 1, part / 4 + 2) + 2 * N * (N + 8) + 2 * N * (part + 8) + 12 * N + 32;

/** What a kernel that solves the systems of all chunks has room for. */
export interface Room {
  /** Channels of a part. */
  readonly part: number;
  readonly endKeys: boolean;
}

/** Undefined where the device has no matrices, too little workgroup memory or too few storage buffers. */
export function roomFor(frame: Frame, erase: ChunkErase): Room | undefined {
  const { device, gates, half, back } = frame;
  const { maxComputeWorkgroupStorageSize, maxStorageBuffersPerShaderStage } = device.info.limits;
  const { N } = rowsOf(frame, erase);
  const part = PARTS.find((part) => workgroupBytes(N, part) <= maxComputeWorkgroupStorageSize);
  // chunks and those of System, and what not every call has
  const buffers = 6 + [erase.kind === "delta" && erase.beta, gates, back].filter(Boolean).length;
  if (!half || !part || buffers > maxStorageBuffersPerShaderStage) return undefined;
  return { part, endKeys: buffers < maxStorageBuffersPerShaderStage };
}

/** Solves them so, part by part. Returns the inverse where the way back follows; the caller disposes it. */
export function solveAtOnce(
  frame: Frame,
  erase: ChunkErase,
  { pairs, readers, found, stateReads, values, endKeys }: System,
  part: number,
): GpuTensor | undefined {
  const { device, list, steps, HV, K, V, gates, back } = frame;
  const rows = rowsOf(frame, erase);
  const { N } = rows;
  const inverse = back ? make(device, [list.chunkCount, HV, N, N], operandDtype(frame)) : undefined;
  const groups = list.chunkCount * HV;
  launch(device, {
    main: systemModule,
    uses: [fours, matrices, beyond, chunkModule, rowsModule, operandsModule, chunkReads],
    slots: [
      chunkDecaySlot(gates),
      ...chunkEraseSlots(erase),
      view("pairs", pairs),
      view("readers", readers),
      view("v", found),
      sink("state_reads", stateReads),
      sink("values", values),
      chunkInverseSlot(inverse),
      chunkEndKeysSlot(endKeys),
    ],
    params: {
      ...rows,
      PART: part,
      K,
      STEPS: steps,
      READS: readKind(erase),
      UNEVEN: !inFours({ shape: [V] }),
    },
    uniforms: [groups, list.longest, HV, V, HV / readers.shape[1]!].map(u32),
    bindings: [list.chunks],
    workgroups: groups,
  });
  return inverse;
}
