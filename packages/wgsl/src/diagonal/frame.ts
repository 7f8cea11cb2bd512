import type { Shape } from "@webfla/ops";
import { fill } from "../dense";
import { type Device, make } from "../launch";
import { asBlocks, inFours, makeBlocks } from "../product";
import type { GpuArray, GpuTensor } from "../runtime";
import type { Gates, ReadKind } from "../slots/chunk-laws";

/** The chunks of the long sequences of a batch. */
export interface ChunkList {
  /** [chunks, 2] first token, tokens */
  readonly chunks: GpuArray;
  readonly chunkCount: number;
  /** [sequences, 4] index in the batch, first token, tokens, first chunk */
  readonly spans: GpuArray;
  readonly spanCount: number;
  /** Tokens that a chunk may have. */
  readonly longest: number;
}

/** What every stage of a chunked call is told. */
export interface Frame {
  readonly device: Device;
  readonly list: ChunkList;
  /** C: most writes of a chunk. */
  readonly chunkSize: number;
  /** Writes of a token: the rows it has, twice with a low-rank erase. */
  readonly steps: number;
  readonly T: number;
  readonly N: number;
  readonly HV: number;
  readonly K: number;
  readonly V: number;
  readonly gates: Gates | undefined;
  /** Whether nobody asks for the gradient of the gates. */
  readonly constantGates?: boolean | undefined;
  /** Whether operands may be f16, and what a call keeps for itself 16 bits an element. */
  readonly half: boolean;
}

/** Rows meet along the K channels of keys, where reads meet writes, or along the V of values, where results meet written values. */
export type Side = "K" | "V";

/** What a call keeps for itself: 16 bits an element if `half`, with the reach of f32. `view` and `sink` read and write it. */
export const keep = ({ device, half }: Frame, shape: Shape): GpuTensor =>
  half ? makeBlocks(device, shape) : make(device, shape, "f32");

/** … zeros. */
export const keepZeros = ({ device, half }: Frame, shape: Shape): GpuTensor =>
  half && inFours({ shape }) ? asBlocks(fill(device, 0, shape, "f16")) : fill(device, 0, shape, "f32");

/** Most writes of a chunk. */
export const mostWrites = ({ list, steps }: Frame): number => list.longest * steps;

/** Most reads of a chunk. */
export const mostReads = ({ list, steps }: Frame, kind: ReadKind): number =>
  list.longest * { AFTER: 1, BEFORE: 1, DELTA: steps, LOW_RANK: steps / 2 }[kind];

/** The side on which the gates' gradient is summed up, where it is asked for. */
export const gateSide = ({ gates, constantGates }: Frame): Side | undefined =>
  gates && !constantGates ? ({ PAIR: "K", KEY: "K", VALUE: "V" } as const)[gates.by] : undefined;

/** Whether a gate stands before every channel of that side. */
export const gated = ({ gates }: Frame, side: Side): boolean =>
  gates?.by === ({ K: "KEY", V: "VALUE" } as const)[side];
