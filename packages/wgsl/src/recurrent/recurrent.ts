import { type CheckedLinearAttention, UnsupportedError } from "@webfla/ops";
import { stack } from "../dense";
import { type Device, launch, type Slot } from "../launch";
import { sink, view } from "../product";
import { f32, type GpuArray, type GpuTensor, type Module, u32 } from "../runtime";
import { decaySlot, eraseSlots, readSlot, sideSlot, sidesOf } from "../slots";
import text from "./recurrent.wgsl";

const recurrentModule: Module = { path: "recurrent/recurrent.wgsl", text };

const THREADS = 256;
// of 8,192 bytes of private memory that WebGPU promises, over the 24 that a row takes
const MOST_ROWS = 320;

/** How the threads of a workgroup share a state: `LANES` beside one another have four columns each, `PARTS` share their rows. */
function shapeOf({ K, V }: { readonly K: number; readonly V: number }, together: boolean) {
  const fours = Math.ceil(V / 4);
  if (together && V > THREADS)
    throw new UnsupportedError(
      `linearAttention: V must be at most ${THREADS} with the oja law on WebGPU, got ${V}. Split the heads.`,
    );
  const tiles = together ? 1 : Math.ceil(fours / 16);
  const LANES = Math.ceil(fours / tiles);
  const most = Math.floor(THREADS / LANES);
  if (K > most * MOST_ROWS)
    throw new UnsupportedError(
      `linearAttention: K must be at most ${most * MOST_ROWS} on WebGPU, got ${K}. Use fewer features.`,
    );
  return { LANES, PARTS: Math.ceil(K / Math.ceil(K / most)), tiles };
}

/** Sequences of a batch. */
export interface SequenceList {
  /** [count, 3] index in the batch, first token, end */
  readonly list: GpuArray;
  readonly count: number;
}

/**
 * The matrix state token by token, for every pair of laws, over the sequences of a list: writes o, and through the state slot the final
 * states. Throws UnsupportedError where K exceeds what registers hold (5,120, or 1,280 with the oja law), or V 256 with the oja law.
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
  const { LANES, PARTS, tiles } = shapeOf(args.sizes, erase?.kind === "oja");
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
    slots: [
      ...[view("q", q, false), view("k", k, false), view("v", v), sink("o", o)],
      ...[decaySlot(decay), ...eraseSlots(erase), readSlot(read), sideSlot(stream), state],
    ],
    params: { K, LANES, PARTS },
    uniforms: [
      ...[groups, tiles, steps, H, HV, V].map(u32),
      f32(scale),
      ...[stream?.rowStride ?? 0, stream ? HV / stream.heads : 1, stream?.width ?? 0].map(u32),
    ],
    bindings: [list],
    workgroups: groups,
  });
  if (stream?.owned) stream.buffer.dispose();
  for (const view of views) view.dispose();
}

/** Storage buffers that the kernel binds besides those of the states. */
export const buffersOf = ({ decay, erase, read }: CheckedLinearAttention<GpuTensor>): number =>
  5 + (decay ? 1 : 0) + (erase || read.kind === "bonus" ? 1 : 0);
