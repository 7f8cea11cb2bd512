import type { SequenceResult, Shape, VerbTable } from "@webfla/ops";
import type { Varlen } from "@webfla/varlen";
import { stack } from "../dense";
import { type Device, type Launch, launch, make, storage } from "../launch";
import { type GpuTensor, type Module, u32 } from "../runtime";
import { stateSlot } from "../slots";
import rwkv4Text from "./rwkv4.wgsl";
import scanText from "./scan.wgsl";
import selectiveScanText from "./selective_scan.wgsl";

type Args<V extends keyof VerbTable<GpuTensor>> = VerbTable<GpuTensor>[V][0];
type Result = SequenceResult<GpuTensor>;

const rwkv4Module: Module = { path: "scan/rwkv4.wgsl", text: rwkv4Text };
const scanModule: Module = { path: "scan/scan.wgsl", text: scanText };
const selectiveScanModule: Module = { path: "scan/selective_scan.wgsl", text: selectiveScanText };

interface Recurrence extends Pick<Launch, "main" | "params"> {
  readonly inputs: readonly GpuTensor[];
  /** Storage and shape of the output. */
  readonly like: GpuTensor;
  readonly stateShape: Shape;
  readonly initialState?: GpuTensor | undefined;
  readonly outputFinalState: boolean;
  readonly varlen: Varlen;
}

/** Launches a kernel with a thread a sequence and channel, after whose inputs come cuSeqlens, o and the state. */
function recur(
  device: Device,
  { main, params, inputs, like, stateShape, varlen, ...rest }: Recurrence,
): Result {
  const D = like.shape[1]!;
  const o = make(device, like.shape, like.dtype);
  const { initialState, outputFinalState } = rest;
  const state = stateSlot(device, initialState, outputFinalState, stateShape, inputs.length + 2);
  const threads = varlen.sequences * D;
  launch(device, {
    main,
    params,
    slots: [state.slot],
    uniforms: [u32(threads), u32(D)],
    bindings: [...inputs, device.varlen(varlen, "cuSeqlens", () => varlen.cuSeqlens), o],
    workgroups: Math.ceil(threads / 64),
  });
  return { o, finalState: state.finalState };
}

/** h = exp(g) h + x. */
export function scan(device: Device, { x, g, ...rest }: Args<"scan">): Result {
  return recur(device, {
    ...rest,
    main: scanModule,
    params: storage({ X: x, G: g }),
    inputs: [x, g],
    like: x,
    stateShape: [rest.varlen.sequences, x.shape[1]!],
  });
}

/** The selective scan of Mamba. */
export function selectiveScan(device: Device, args: Args<"selectiveScan">): Result {
  const { x, dt, A, B, C, D: skip, ...rest } = args;
  const [D, S] = A.shape as [number, number];
  const views = [device.reshape(A, [D, 1, S]), ...(skip ? [device.reshape(skip, [D, 1, 1])] : [])];
  const constants = stack(device, Object.fromEntries(views.map((view, i) => [`part${i}`, view])))!;
  const result = recur(device, {
    ...rest,
    main: selectiveScanModule,
    params: {
      ...storage({ X: x, DT: dt, CONSTANTS: constants.buffer, B_ROWS: B, C_ROWS: C }),
      S,
      SKIP: skip !== undefined,
    },
    inputs: [x, dt, constants.buffer, B, C],
    like: x,
    stateShape: [rest.varlen.sequences, D, S],
  });
  if (constants.owned) constants.buffer.dispose();
  for (const view of views) view.dispose();
  return result;
}

/** The WKV average of RWKV-4. */
export function rwkv4(device: Device, { w, u, k, v, ...rest }: Args<"rwkv4">): Result {
  return recur(device, {
    ...rest,
    main: rwkv4Module,
    params: storage({ W: w, U: u, KEY: k, O: v }),
    inputs: [w, u, k, v],
    like: v,
    stateShape: [rest.varlen.sequences, 3, w.shape[0]!],
  });
}
