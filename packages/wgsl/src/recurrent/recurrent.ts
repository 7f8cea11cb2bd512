import { type CheckedLinearAttention, type LinearAttentionResult, UnsupportedError } from "@webfla/ops";
import { norm, stack } from "../dense";
import { type Device, launch, make, storage } from "../launch";
import { f32, type GpuTensor, type Module, u32 } from "../runtime";
import { decaySlot, eraseSlots, readSlot, sideSlot, sidesOf, stateSlot } from "../slots";
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

/**
 * The matrix state token by token, for every pair of laws. Throws UnsupportedError where K exceeds 2,000,
 * or V 256 with the oja law.
 */
export function linearAttention(
  device: Device,
  args: CheckedLinearAttention<GpuTensor>,
): LinearAttentionResult<GpuTensor> {
  const { v, decay, erase, read, scale, steps, qkL2Norm, varlen, initialState, outputFinalState } = args;
  const { T, N, H, HV, K, V } = args.sizes;
  if (K > LARGEST_K)
    throw new UnsupportedError(
      `linearAttention: K must be at most ${LARGEST_K} on WebGPU, got ${K}. Use fewer features.`,
    );
  const COLUMNS = columnsFor(V, erase?.kind === "oja");
  const tiles = Math.ceil(V / COLUMNS);
  const scratch: GpuTensor[] = [];
  const temporary = (x: GpuTensor): GpuTensor => {
    scratch.push(x);
    return x;
  };

  const unit = (x: GpuTensor): GpuTensor => temporary(norm(device, { ...l2, x, groupSize: K }, "f32"));
  const q = qkL2Norm ? unit(args.q) : args.q;
  const k = qkL2Norm ? unit(args.k) : args.k;
  const sides = sidesOf(args, (beta) => temporary(device.reshape(beta, [T * steps, HV, 1])));
  const stream = stack(device, sides);
  if (stream?.owned) temporary(stream.buffer);
  const state = stateSlot(device, initialState, outputFinalState, [N, HV, K, V]);
  const o = make(device, [T, HV, V], v.dtype);
  const groups = N * HV * tiles;
  launch(device, {
    main: recurrentModule,
    slots: [decaySlot(decay), ...eraseSlots(erase), readSlot(read), sideSlot(stream), state.slot],
    params: { ...storage({ Q: q, KEY: k, VALUE: v }), K, COLUMNS },
    uniforms: [
      ...[groups, tiles, steps, H, HV, V].map(u32),
      f32(scale),
      ...[stream?.rowStride ?? 0, stream ? HV / stream.heads : 1, stream?.width ?? 0].map(u32),
    ],
    bindings: [q, k, v, device.varlen(varlen, "cuSeqlens", () => varlen.cuSeqlens), o],
    workgroups: groups,
  });
  for (const x of scratch) x.dispose();
  return { o, finalState: state.finalState };
}

const l2 = { kind: "l2", eps: 1e-6, activation: "silu", gateFirst: false } as const;
