import type { CheckedLinearAttention, Decay, Erase } from "@webfla/ops";
import { concat, transpose } from "../dense";
import type { ChunkList } from "../diagonal";
import type { Device } from "../launch";
import type { GpuTensor } from "../runtime";
import { stateSlot } from "../slots";
import { type ChunkedWrites, chunkedWrites, type Prepared } from "./writes";

/** A call of the oja law whose q and k are normalised where that was asked for. */
export type OjaCall = CheckedLinearAttention<GpuTensor> & {
  readonly erase: Extract<Erase<GpuTensor>, { kind: "oja" }>;
};

/** The oja law as two that chunks have. */
export interface OjaSolution {
  /** The delta rule of the transposed state: keys v, values k. */
  readonly turned: Prepared;
  /** Its writes: the values are u [rows, HV, K] f32. */
  readonly forward: ChunkedWrites;
  /** The call without an erase, whose keys are u. */
  readonly plain: Prepared;
  /** Gives back what was made here. */
  dispose(): void;
}

/** Finds what the oja law writes, u = beta (k − S' v). */
export function solveOja(
  device: Device,
  args: OjaCall,
  list: ChunkList,
  chunkSize: number,
  half = false,
): OjaSolution {
  const { k, v, decay, erase, initialState, sizes } = args;
  const { HV, K, V } = sizes;
  const values = repeatHeads(device, k, HV);
  const start = initialState && transpose(device, { x: initialState });
  const turned: Prepared = {
    ...args,
    k: v,
    v: values,
    decay: turnDecay(decay),
    erase: { kind: "delta", beta: erase.beta },
    initialState: start,
    sizes: { ...sizes, H: HV, K: V, V: K },
  };
  const state = stateSlot(device, start, false, [sizes.N, HV, V, K]);
  const forward = chunkedWrites(device, turned, list, chunkSize, state.slot, half);
  const dispose = (): void => {
    forward.dispose();
    for (const x of [values, start]) x?.dispose();
  };
  return { turned, forward, plain: { ...args, k: forward.values, erase: undefined }, dispose };
}

/** A gate of a column of the state is one of a row of the transposed state. */
const turnDecay = (decay: Decay<GpuTensor> | undefined): Decay<GpuTensor> | undefined =>
  decay?.kind === "value" ? { kind: "vector", g: decay.g } : decay;

/** [rows, H, D] with every head once for each of its value heads; the caller disposes it. */
function repeatHeads(device: Device, x: GpuTensor, HV: number): GpuTensor {
  const [rows, H, D] = x.shape as [number, number, number];
  const each = device.reshape(x, [rows, H, 1, D]);
  const shape = [rows, H, HV / H, D];
  const repeated = concat(device, { xs: Array.from({ length: HV / H }, () => each), axis: 2, shape });
  const heads = device.reshape(repeated, [rows, HV, D]);
  for (const view of [each, repeated]) view.dispose();
  return heads;
}
