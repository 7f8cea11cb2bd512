import { elements, type SequenceResult, type Shape, type VerbTable } from "@webfla/ops";
import type { Varlen } from "@webfla/varlen";
import { biasSlot } from "../dense";
import { type Device, launchElements, make, type Slot, storage } from "../launch";
import { sink, view } from "../product";
import { type GpuTensor, type Module, u32 } from "../runtime";
import { math } from "../shared";
import historyColumns from "./history.columns.wgsl";
import historyNone from "./history.none.wgsl";
import lastInputsText from "./last_inputs.wgsl";
import shortConvText from "./short_conv.wgsl";
import tokenShiftText from "./token_shift.wgsl";

type Args<V extends keyof VerbTable<GpuTensor>> = VerbTable<GpuTensor>[V][0];

const historyModule: Module = { path: "sequence/history.columns.wgsl", text: historyColumns };
const lastInputsModule: Module = { path: "sequence/last_inputs.wgsl", text: lastInputsText };
const shortConvModule: Module = { path: "sequence/short_conv.wgsl", text: shortConvText };
const tokenShiftModule: Module = { path: "sequence/token_shift.wgsl", text: tokenShiftText };
const noHistory: Slot = { module: { path: "sequence/history.none.wgsl", text: historyNone } };

/** Supplies `before`: the inputs a sequence has behind it. */
export const historySlot = (history: GpuTensor | undefined): Slot =>
  history ? { module: historyModule, brings: ["HISTORY", history] } : noHistory;

export const cuSeqlensOf = (device: Device, varlen: Varlen) =>
  device.varlen(varlen, "cuSeqlens", () => varlen.cuSeqlens);
export const seqIdxOf = (device: Device, varlen: Varlen) =>
  device.varlen(varlen, "seqIdx", () => varlen.seqIdx);

/** The last W inputs of each sequence, oldest first. */
function lastInputs(
  device: Device,
  x: GpuTensor,
  W: number,
  history: GpuTensor | undefined,
  varlen: Varlen,
  shape: Shape,
) {
  const state = make(device, shape, "f32");
  launchElements(device, elements(shape), {
    main: lastInputsModule,
    slots: [historySlot(history)],
    params: storage({ X: x }),
    uniforms: [u32(x.shape[1]!), u32(W)],
    bindings: [x, cuSeqlensOf(device, varlen), state],
  });
  return state;
}

/** Depthwise causal convolution inside each sequence. */
export function shortConv(device: Device, args: Args<"shortConv">): SequenceResult<GpuTensor> {
  const { x, weight, bias, activation, initialState, outputFinalState, varlen } = args;
  const o = make(device, x.shape, x.dtype);
  const T = varlen.totalTokens;
  const [D, W] = weight.shape as [number, number];
  // a long batch has threads enough to keep weights for several tokens
  const TOKENS = T * D >= 2 ** 21 ? 8 : 1;
  const fours = Math.ceil(D / 4);
  launchElements(device, Math.ceil(T / TOKENS) * fours, {
    main: shortConvModule,
    uses: [math],
    slots: [
      ...[view("x", x), view("weight", weight, false), sink("o", o)],
      ...[biasSlot(bias), historySlot(initialState)],
    ],
    params: { SILU: activation === "silu", TAPS: W, TOKENS },
    uniforms: [fours, T, D, W].map(u32),
    bindings: [seqIdxOf(device, varlen), cuSeqlensOf(device, varlen)],
  });
  const finalState = outputFinalState
    ? lastInputs(device, x, W, initialState, varlen, [varlen.sequences, D, W])
    : undefined;
  return { o, finalState };
}

/** The token before minus the token. */
export function tokenShift(device: Device, args: Args<"tokenShift">): SequenceResult<GpuTensor> {
  const { x, cache, outputFinalState, varlen } = args;
  const o = make(device, x.shape, x.dtype);
  const D = x.shape[1]!;
  const fours = Math.ceil(D / 4);
  launchElements(device, varlen.totalTokens * fours, {
    main: tokenShiftModule,
    slots: [view("x", x), sink("o", o), historySlot(cache)],
    uniforms: [fours, D, 1].map(u32),
    bindings: [seqIdxOf(device, varlen), cuSeqlensOf(device, varlen)],
  });
  const finalState = outputFinalState
    ? lastInputs(device, x, 1, cache, varlen, [varlen.sequences, D])
    : undefined;
  return { o, finalState };
}
