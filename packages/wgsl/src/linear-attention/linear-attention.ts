import type { CheckedLinearAttention, LinearAttentionResult } from "@webfla/ops";
import { norm } from "../dense";
import { type Device, make } from "../launch";
import { buffersOf, recurrent } from "../recurrent";
import type { GpuTensor } from "../runtime";
import { stateSlot } from "../slots";
import { writesOf } from "../slots/chunk-laws";
import { chunked } from "./chunked";
import { inParts } from "./in-parts";
import { chunksOf, stepsOf } from "./lists";
import { partsOf } from "./parts";
import { canChunk, isHalf, type LinearAttentionPlan, mostChunks } from "./plan";

// that a chunk kernel binds besides the states given and kept
const CHUNK_BUFFERS = 7;

/** Which sequences have chunks, and of how many tokens. */
export interface Cut {
  /** Sequences of more tokens go chunk by chunk. */
  readonly shortest: number;
  /** Tokens of a chunk. */
  readonly longest: number;
}

/**
 * The matrix state of every law: long sequences chunk by chunk, short ones token by token, in one batch, which is divided where its
 * chunks' states would take more than `stateBytes`.
 * Throws UnsupportedError where a sequence is recurrent and K exceeds 5,120, or 1,280 or V 256 with the oja law.
 */
export function linearAttention(
  device: Device,
  args: CheckedLinearAttention<GpuTensor>,
  { plan, recurrentUpTo, stateBytes, ...sizes }: LinearAttentionPlan,
): LinearAttentionResult<GpuTensor> {
  const half = isHalf(device, args);
  const chunkSize = half ? sizes.halfChunkSize : sizes.chunkSize;
  const longest = Math.floor(chunkSize / (args.steps * writesOf(args.erase)));
  const shortest = canChunk(args, chunkSize)
    ? { auto: recurrentUpTo ?? Math.max(1, longest >> 2), chunked: 0, recurrent: Infinity }[plan]
    : Infinity;
  const run = (call: CheckedLinearAttention<GpuTensor>) =>
    atOnce(device, call, { shortest, longest }, chunkSize);
  const most = mostChunks(args, longest, stateBytes, half);
  const parts = partsOf(args.varlen, { shortest, longest, most });
  return parts.length > 1 ? inParts(device, args, parts, run) : run(args);
}

function atOnce(
  device: Device,
  args: CheckedLinearAttention<GpuTensor>,
  { shortest, longest }: Cut,
  chunkSize: number,
): LinearAttentionResult<GpuTensor> {
  const { v, varlen, initialState, outputFinalState, sizes } = args;
  const { T, N, HV, K, V } = sizes;
  const o = make(device, [T, HV, V], v.dtype);
  const short = stepsOf(device, varlen, shortest, longest);
  const long = chunksOf(device, varlen, shortest, longest);
  const others = Math.max(buffersOf(args), long.spanCount > 0 ? CHUNK_BUFFERS : 0);
  const state = stateSlot(device, initialState, outputFinalState, [N, HV, K, V], others);
  const prepared = normalise(device, args);
  if (short.count > 0) recurrent(device, prepared, short, state.fours, o);
  if (long.spanCount > 0) chunked(device, prepared, long, chunkSize, state.slot, o);
  if (args.qkL2Norm) for (const x of [prepared.q, prepared.k]) x.dispose();
  return { o, finalState: state.finalState };
}

/** The call with unit q and k where that is asked for; the caller disposes these. */
export function normalise(
  device: Device,
  args: CheckedLinearAttention<GpuTensor>,
): CheckedLinearAttention<GpuTensor> {
  if (!args.qkL2Norm) return args;
  const dtype = isHalf(device, args) ? "f16" : "f32";
  const unit = (x: GpuTensor): GpuTensor => norm(device, { ...l2, x, groupSize: args.sizes.K }, dtype);
  return { ...args, q: unit(args.q), k: unit(args.k) };
}

export const l2 = { kind: "l2", eps: 1e-6, activation: "silu", gateFirst: false } as const;
