import type { CheckedLinearAttention, LinearAttentionResult } from "@webfla/ops";
import { norm } from "../dense";
import { type Device, make } from "../launch";
import { recurrent } from "../recurrent";
import type { GpuTensor } from "../runtime";
import { stateSlot } from "../slots";
import { writesOf } from "../slots/chunk-laws";
import { chunked, type Prepared } from "./chunked";
import { canChunk, type Plan, split } from "./plan";

export interface LinearAttentionPlan {
  readonly plan: Plan;
  readonly chunkSize: number;
}

/**
 * The matrix state of every law: long sequences chunk by chunk, short ones token by token, in one batch.
 * Throws UnsupportedError where a sequence is recurrent and K exceeds 2,000, or V 256 with the oja law.
 */
export function linearAttention(
  device: Device,
  args: CheckedLinearAttention<GpuTensor>,
  { plan, chunkSize }: LinearAttentionPlan,
): LinearAttentionResult<GpuTensor> {
  const { v, varlen, initialState, outputFinalState, sizes } = args;
  const { T, N, HV, K, V } = sizes;
  const o = make(device, [T, HV, V], v.dtype);
  const state = stateSlot(device, initialState, outputFinalState, [N, HV, K, V]);
  const prepared = normalise(device, args);

  const longest = Math.floor(chunkSize / (args.steps * writesOf(args.erase)));
  const shortest = canChunk(args, chunkSize)
    ? { auto: 2 * longest, chunked: 0, recurrent: Infinity }[plan]
    : Infinity;
  const lists = split(varlen, shortest, longest);
  const upload = (name: keyof typeof lists) =>
    device.varlen(varlen, `${name} ${shortest} ${longest}`, () => lists[name]);
  const count = lists.recurrent.length / 3;
  if (count > 0) recurrent(device, prepared, { list: upload("recurrent"), count }, state.slot, o);
  const [spanCount, chunkCount] = [lists.spans.length / 4, lists.chunks.length / 2];
  if (spanCount > 0) {
    const list = { chunks: upload("chunks"), chunkCount, spans: upload("spans"), spanCount, longest };
    chunked(device, prepared as Prepared, list, chunkSize, state.slot, o);
  }
  if (args.qkL2Norm) for (const x of [prepared.q, prepared.k]) x.dispose();
  return { o, finalState: state.finalState };
}

function normalise(
  device: Device,
  args: CheckedLinearAttention<GpuTensor>,
): CheckedLinearAttention<GpuTensor> {
  if (!args.qkL2Norm) return args;
  const unit = (x: GpuTensor): GpuTensor => norm(device, { ...l2, x, groupSize: args.sizes.K }, "f32");
  return { ...args, q: unit(args.q), k: unit(args.k) };
}

const l2 = { kind: "l2", eps: 1e-6, activation: "silu", gateFirst: false } as const;
