import { type CheckedLinearAttention, UnsupportedError } from "@webfla/ops";
import type { Varlen } from "@webfla/varlen";
import { byMatrices, type Device, powerOfTwo } from "../launch";
import type { GpuTensor } from "../runtime";
import { writesOf } from "../slots/chunk-laws";

/** Which sequences go chunk by chunk: those long enough, all, or none. */
export type Plan = "auto" | "chunked" | "recurrent";

export interface PlanOptions {
  /** Default "auto". What chunks cannot express (see `canChunk`) is recurrent under every plan. */
  readonly plan?: Plan | undefined;
  /** Writes of a chunk: 16, 32 or, with 32 KiB of workgroup memory, 64. Default 32, or 64 of f16 where the device multiplies matrices. */
  readonly chunkSize?: number | undefined;
  /** Tokens up to which a sequence goes token by token under "auto". Default a quarter of a chunk. */
  readonly recurrentUpTo?: number | undefined;
  /**
   * Bytes that the states at the starts of a call's chunks may take, and whatever else the call keeps in one buffer. What needs more
   * goes part by part, and its gradient computes the states again from those between parts: less memory for more time. Default: the
   * device's largest binding.
   */
  readonly stateBytes?: number | undefined;
}

/** What linearAttention is told besides its arguments. */
export interface LinearAttentionPlan {
  readonly plan: Plan;
  readonly chunkSize: number;
  /** The chunk size of calls that `isHalf`. */
  readonly halfChunkSize: number;
  readonly recurrentUpTo: number | undefined;
  readonly stateBytes: number;
}

// registers of 256 threads hold a tile of the state
const LARGEST = 256;

type Args = CheckedLinearAttention<GpuTensor>;

/** Whether chunks may round to f16 what they multiply and keep. */
export const isHalf = (device: Pick<Device, "info" | "operands">, { q, k, v }: Args): boolean =>
  byMatrices(device, [q, k, v]);

/**
 * Whether the chunk kernels have the laws and sizes. They lack: beside an erase that sums over rows of the state a gate for each column,
 * and beside the oja law, which sums over columns, one for each row, for either makes a triangular system of every column or row; K over
 * 256, and V with the oja law; tokens with more writes than a chunk has.
 */
export const canChunk = ({ erase, decay, steps, sizes }: Args, chunkSize: number): boolean => {
  const oja = erase?.kind === "oja";
  return (
    !(erase && decay?.kind === (oja ? "vector" : "value")) &&
    sizes.K <= LARGEST &&
    (!oja || sizes.V <= LARGEST) &&
    steps * writesOf(erase) <= chunkSize
  );
};

/** Throws UnsupportedError for a chunk size that no kernel has or that the device has no memory for, or for no bytes. */
export function completePlan(
  { plan = "auto", chunkSize: chosen, recurrentUpTo, stateBytes }: PlanOptions,
  {
    maxComputeWorkgroupStorageSize: workgroupBytes,
    maxStorageBufferBindingSize: bindingBytes,
  }: Pick<GPUSupportedLimits, "maxComputeWorkgroupStorageSize" | "maxStorageBufferBindingSize">,
  matrices: boolean,
): LinearAttentionPlan {
  if (stateBytes !== undefined && !(stateBytes > 0))
    throw new UnsupportedError(
      `createWebGpu: stateBytes must be more than 0, got ${stateBytes}. Leave it out for what the device can bind.`,
    );
  const largest = workgroupBytes < 32_768 ? 32 : 64;
  const chunkSize = chosen ?? 32;
  if (![16, 32, 64].includes(chunkSize) || chunkSize > largest)
    throw new UnsupportedError(
      `createWebGpu: chunkSize must be 16, 32 or, with 32 KiB of workgroup memory, 64, got ${chunkSize} with ${workgroupBytes} bytes. Choose a smaller one.`,
    );
  return {
    plan,
    chunkSize,
    halfChunkSize: chosen ?? (matrices ? largest : 32),
    recurrentUpTo,
    stateBytes: Math.min(stateBytes ?? bindingBytes, bindingBytes),
  };
}

/** Chunks of `longest` tokens whose states, pairs of reads and writes and rows of f32 fit in `stateBytes`; at least one. */
export function mostChunks(
  { erase, steps, sizes: { HV, K, V } }: Args,
  longest: number,
  stateBytes: number,
  half = false,
): number {
  // an erase rounds them up to a power of two, pairs have rows of fours
  const writes = Math.max(4, powerOfTwo(longest * steps * writesOf(erase)));
  const largest = Math.max(K * V * (half ? 2 : 4), writes * Math.max(K, V, writes) * 4);
  return Math.max(1, Math.floor(stateBytes / (largest * HV)));
}

/** A batch in two lists: sequences that go token by token, and chunks of the others. */
export interface Split {
  /** [recurrent, 3] index in the batch, first token, end */
  readonly recurrent: Uint32Array;
  /** [long, 4] index in the batch, first token, tokens, first chunk; the longest first, for which a pass over chunks waits */
  readonly spans: Uint32Array;
  /** [chunks, 2] first token, tokens */
  readonly chunks: Uint32Array;
}

const splits = new WeakMap<Varlen, Map<string, Split>>();

/** Sequences of more than `shortest` tokens are cut into chunks of `longest`; memoised. */
export function split(varlen: Varlen, shortest: number, longest: number): Split {
  const known = splits.get(varlen) ?? new Map<string, Split>();
  splits.set(varlen, known);
  const key = `${shortest} ${longest}`;
  const made = known.get(key) ?? cut(varlen, shortest, longest);
  known.set(key, made);
  return made;
}

function cut({ sequences, cuSeqlens }: Varlen, shortest: number, longest: number): Split {
  const recurrent: number[] = [];
  const spans: [index: number, token: number, tokens: number, chunk: number][] = [];
  const chunks: number[] = [];
  for (let n = 0; n < sequences; n++) {
    const [first, end] = [cuSeqlens[n]!, cuSeqlens[n + 1]!];
    if (end - first <= shortest) recurrent.push(n, first, end);
    else {
      spans.push([n, first, end - first, chunks.length / 2]);
      for (let t = first; t < end; t += longest) chunks.push(t, Math.min(longest, end - t));
    }
  }
  return {
    recurrent: Uint32Array.from(recurrent),
    spans: Uint32Array.from(spans.sort((a, b) => b[2] - a[2]).flat()),
    chunks: Uint32Array.from(chunks),
  };
}
