import { type CheckedLinearAttention, UnsupportedError } from "@webfla/ops";
import { stack } from "../dense";
import { type Device, launch, type Slot, storage } from "../launch";
import { f32, type GpuArray, type GpuTensor, type Module, u32 } from "../runtime";
import { decaySlot, eraseSlots, readSlot, sideSlot, sidesOf } from "../slots";
import text from "./recurrent.wgsl";

const recurrentModule: Module = { path: "recurrent/recurrent.wgsl", text };

// a thread's column lies in private memory, of which WebGPU promises 8,192 bytes
const LARGEST_K = 2000;
const LARGEST_WORKGROUP = 256;

/** Threads of a workgroup: a power of two, at most 64 unless the law needs all columns in one. */
function columnsFor(V: number, together: boolean): number {
  const all = Math.max(8, 2 ** Math.ceil(Math.log2(V)));
  if (together && all > LARGEST_WORKGROUP)
    throw new UnsupportedError(
      `linearAttention: V must be at most ${LARGEST_WORKGROUP} with the oja law on WebGPU, got ${V}. Split the heads.`,
    );
  return together ? all : Math.min(64, all);
}

/** Sequences of a batch. */
export interface SequenceList {
  /** [count, 3] index in the batch, first token, end */
  readonly list: GpuArray;
  readonly count: number;
}

/**
 * The matrix state token by token, for every pair of laws, over the sequences of a list: writes o, and through the state slot the final
 * states. Throws UnsupportedError where K exceeds 2,000, or V 256 with the oja law.
 */
export function recurrent(
  device: Device,
  args: CheckedLinearAttention<GpuTensor>,
  { list, count }: SequenceList,
  state: Slot,
  o: GpuTensor,
): void {
  const { q, k, v, decay, erase, read, scale, steps } = args;
  const { T, H, HV, K, V } = args.sizes;
  if (K > LARGEST_K)
    throw new UnsupportedError(
      `linearAttention: K must be at most ${LARGEST_K} on WebGPU, got ${K}. Use fewer features.`,
    );
  const COLUMNS = columnsFor(V, erase?.kind === "oja");
  const tiles = Math.ceil(V / COLUMNS);
  const views: GpuTensor[] = [];
  const sides = sidesOf(args, (beta) => {
    const view = device.reshape(beta, [T * steps, HV, 1]);
    views.push(view);
    return view;
  });
  const stream = stack(device, sides);
  const groups = count * HV * tiles;
  launch(device, {
    main: recurrentModule,
    slots: [decaySlot(decay), ...eraseSlots(erase), readSlot(read), sideSlot(stream), state],
    params: { ...storage({ Q: q, KEY: k, VALUE: v }), K, COLUMNS },
    uniforms: [
      ...[groups, tiles, steps, H, HV, V].map(u32),
      f32(scale),
      ...[stream?.rowStride ?? 0, stream ? HV / stream.heads : 1, stream?.width ?? 0].map(u32),
    ],
    bindings: [q, k, v, list, o],
    workgroups: groups,
  });
  if (stream?.owned) stream.buffer.dispose();
  for (const view of views) view.dispose();
}
