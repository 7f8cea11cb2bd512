import { elements, type Shape } from "@webfla/ops";
import type { Varlen } from "@webfla/varlen";
import { type Device, launch, make, storage } from "../launch";
import { type GpuTensor, type Module, u32 } from "../runtime";
import { cuSeqlensOf } from "../sequence";
import { type StateSlot, stateSlot } from "../slots";
import { type Call, type Gradients, gradSlot, inF32, initialSlot } from "./call";
import { cut, cutAll, sumRows, together } from "./parts";
import rwkv4Text from "./rwkv4.wgsl";
import scanText from "./scan.wgsl";
import selectiveScanText from "./selective_scan.wgsl";
import statesText from "./selective_scan_states.wgsl";

const rwkv4Module: Module = { path: "gradient/rwkv4.wgsl", text: rwkv4Text };
const scanModule: Module = { path: "gradient/scan.wgsl", text: scanText };
const selectiveScanModule: Module = { path: "gradient/selective_scan.wgsl", text: selectiveScanText };
const statesModule: Module = { path: "gradient/selective_scan_states.wgsl", text: statesText };

/** Threads of a workgroup in kernels with a thread a sequence and channel. */
const THREADS = 64;
const CHUNK = 16;

interface Ends {
  readonly initialState?: GpuTensor | undefined;
  readonly dfinal: GpuTensor | undefined;
  readonly shape: Shape;
}

/**
 * Calls with the state of the adjoint recurrence, which runs from the gradient of the final state to that of the initial one: the
 * former is its initial, the latter its final state.
 */
function adjoint(
  device: Device,
  { initialState, dfinal, shape }: Ends,
  body: (slot: StateSlot["slot"]) => void,
): GpuTensor | undefined {
  const run = (given: GpuTensor | undefined) => {
    const { slot, finalState } = stateSlot(device, given, initialState !== undefined, shape, 7);
    body(slot);
    return finalState;
  };
  return dfinal ? inF32(device, dfinal, run) : run(undefined);
}

/** From the gradients of h and of its last values to those of x, g and the initial state. */
export function scan(device: Device, { args, result, grad }: Call<"scan">): Gradients<"scan"> {
  const { x, g, initialState, varlen } = args;
  const D = x.shape[1]!;
  const threads = varlen.sequences * D;
  const [dx, dg] = [make(device, x.shape, "f32"), make(device, x.shape, "f32")];
  const ends = { initialState, dfinal: grad.finalState, shape: [varlen.sequences, D] };
  const dinitial = adjoint(device, ends, (state) => {
    launch(device, {
      main: scanModule,
      slots: [gradSlot(grad.o), state, initialSlot(initialState)],
      params: storage({ H: result.o, G: g }),
      uniforms: [u32(threads), u32(D)],
      bindings: [result.o, g, cuSeqlensOf(device, varlen), dx, dg],
      workgroups: Math.ceil(threads / THREADS),
    });
  });
  return { x: dx, g: dg, ...(dinitial && { initialState: dinitial }) };
}

/** [N, 3]: the first token of each sequence, its end, its first chunk. */
const boundsOf = (varlen: Varlen): Uint32Array => {
  const { cuSeqlens } = varlen;
  const { offsets } = varlen.chunks(CHUNK);
  return Uint32Array.from({ length: 3 * varlen.sequences }, (_, i) => {
    const n = Math.floor(i / 3);
    return [cuSeqlens[n]!, cuSeqlens[n + 1]!, offsets[n]!][i % 3]!;
  });
};

/** [chunks, 2]: the first token of each chunk, and its end. */
const spansOf = (varlen: Varlen): Uint32Array => {
  const { count, indices } = varlen.chunks(CHUNK);
  return Uint32Array.from({ length: 2 * count }, (_, i) => {
    const [n, c] = [indices[i - (i % 2)]!, indices[i - (i % 2) + 1]!];
    const start = varlen.cuSeqlens[n]! + c * CHUNK;
    return i % 2 === 0 ? start : Math.min(start + CHUNK, varlen.cuSeqlens[n + 1]!);
  });
};

/** Tensors [T, D] beside one another in each element: [T, D, tensors] in f32. */
const streamsOf = <R>(
  device: Device,
  tensors: readonly (GpuTensor | undefined)[],
  body: (streams: GpuTensor) => R,
): R => {
  const columns = tensors.flatMap((x) => (x ? [device.reshape(x, [elements(x.shape), 1])] : []));
  const result = together(device, columns, body);
  for (const column of columns) column.dispose();
  return result;
};

/** The gradients of Mamba's selective scan: states at the bounds of chunks, then every chunk at once. */
export function selectiveScan(
  device: Device,
  { args, grad }: Call<"selectiveScan">,
): Gradients<"selectiveScan"> {
  const { x, dt, A, B, C, D: skip, initialState, varlen } = args;
  const [T, N] = [varlen.totalTokens, varlen.sequences];
  const [D, S] = A.shape as [number, number];
  const chunks = varlen.chunks(CHUNK).count;
  const blocks = Math.ceil(D / THREADS);
  const [dx, ddt] = [make(device, x.shape, "f32"), make(device, x.shape, "f32")];
  const states = make(device, [chunks, D, 2 * S], "f32");
  const ofRows = make(device, [blocks, T * 2 * S], "f32");

  const run = (streams: GpuTensor, constants: GpuTensor, rows: GpuTensor) => {
    const params = { ...storage({ CONSTANTS: constants }), GRADED: grad.o !== undefined, SKIP: skip ? 1 : 0 };
    const bounds = device.varlen(varlen, `chunkRanges ${CHUNK}`, () => boundsOf(varlen));
    const spans = device.varlen(varlen, `chunkSpans ${CHUNK}`, () => spansOf(varlen));
    const ends = { initialState, dfinal: grad.finalState, shape: [N, D, S] };
    const dinitial = adjoint(device, ends, (state) => {
      launch(device, {
        main: statesModule,
        slots: [state, initialSlot(initialState)],
        params,
        uniforms: [N * D * S, D, S].map(u32),
        bindings: [streams, constants, rows, bounds, states],
        workgroups: Math.ceil((N * D * S) / THREADS),
      });
    });
    launch(device, {
      main: selectiveScanModule,
      params,
      uniforms: [chunks, T, D, S].map(u32),
      bindings: [streams, constants, rows, spans, states, dx, ddt, ofRows],
      workgroups: chunks * blocks,
    });
    return dinitial;
  };
  const column = skip && device.reshape(skip, [D, 1]);
  const dinitial = streamsOf(device, [x, dt, grad.o], (streams) =>
    together(device, column ? [A, column] : [A], (constants) =>
      together(device, [B, C], (rows) => run(streams, constants, rows)),
    ),
  );
  column?.dispose();

  const ofChannels = sumRows(device, states); // [D, 2 S]: A's, then D's in the first
  const perToken = device.reshape(ofRows, [blocks, T, 2 * S]);
  ofRows.dispose();
  const summed = sumRows(device, perToken); // [T, 2 S]: B's, then C's
  const gradients = {
    x: dx,
    dt: ddt,
    A: cut(device, ofChannels, 1, [0, S], [D, S]),
    B: cut(device, summed, 1, [0, S], [T, S]),
    C: cut(device, summed, 1, [S, 2 * S], [T, S]),
    ...(skip && { D: cut(device, ofChannels, 1, [S, S + 1], [D]) }),
    ...(dinitial && { initialState: dinitial }),
  };
  ofChannels.dispose();
  summed.dispose();
  return gradients;
}

/** The gradients of the WKV average of RWKV-4. */
export function rwkv4(device: Device, { args, grad }: Call<"rwkv4">): Gradients<"rwkv4"> {
  const { w, u, k, v, initialState, varlen } = args;
  const [T, N, C] = [varlen.totalTokens, varlen.sequences, w.shape[0]!];
  const [dk, dv] = [make(device, k.shape, "f32"), make(device, v.shape, "f32")];
  const work = make(device, [T + 2 * N, C], "f32");
  const ends = { initialState, dfinal: grad.finalState, shape: [N, 3, C] };
  const dinitial = streamsOf(device, [w, u], (constants) =>
    streamsOf(device, [k, v, grad.o], (streams) =>
      adjoint(device, ends, (state) => {
        launch(device, {
          main: rwkv4Module,
          slots: [state, initialSlot(initialState)],
          params: { GRADED: grad.o !== undefined },
          uniforms: [N * C, C, T].map(u32),
          bindings: [constants, streams, cuSeqlensOf(device, varlen), dk, dv, work],
          workgroups: Math.ceil((N * C) / THREADS),
        });
      }),
    ),
  );
  const shares = cut(device, work, 0, [T, T + 2 * N], [N, 2 * C]);
  work.dispose();
  const [dw, du] = cutAll(device, sumRows(device, shares), [[C], [C]]);
  return { w: dw!, u: du!, k: dk, v: dv, ...(dinitial && { initialState: dinitial }) };
}
