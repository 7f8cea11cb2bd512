import { elements, type Shape } from "@webfla/ops";
import { type Device, launchElements, make, storage } from "../launch";
import { type GpuTensor, type Module, u32 } from "../runtime";
import { shortConv as convolve, cuSeqlensOf, historySlot, seqIdxOf } from "../sequence";
import { type Call, finalSlot, type Gradients, gradSlot } from "./call";
import { unary } from "./elementwise";
import { blockOf, cutAll, sumRows } from "./parts";
import shortConvText from "./short_conv.wgsl";
import parametersText from "./short_conv_parameters.wgsl";
import tokenShiftText from "./token_shift.wgsl";

const shortConvModule: Module = { path: "gradient/short_conv.wgsl", text: shortConvText };
const parametersModule: Module = { path: "gradient/short_conv_parameters.wgsl", text: parametersText };
const tokenShiftModule: Module = { path: "gradient/token_shift.wgsl", text: tokenShiftText };

/** From the gradients of a convolution and of its final state to those of x, weight, bias and the initial state. */
export function shortConv(device: Device, { args, grad }: Call<"shortConv">): Gradients<"shortConv"> {
  const { activation, ...linear } = args;
  if (!grad.o || activation === undefined) return ofLinear(device, args, grad.o, grad.finalState);
  // what entered the activation is made again rather than kept
  const { o: y } = convolve(device, { ...linear, outputFinalState: false });
  const { x: dy } = unary(device, { args: { kind: activation, x: y }, grad: grad.o });
  y.dispose();
  const gradients = ofLinear(device, args, dy, grad.finalState);
  dy.dispose();
  return gradients;
}

function ofLinear(
  device: Device,
  args: Call<"shortConv">["args"],
  dy: GpuTensor | undefined,
  dfinal: GpuTensor | undefined,
): Gradients<"shortConv"> {
  const { x, weight, initialState, varlen } = args;
  const [D, W] = weight.shape as [number, number];
  const ofInputs = (shape: Shape, behind: boolean): GpuTensor => {
    const dx = make(device, shape, "f32");
    launchElements(device, elements(shape), {
      main: shortConvModule,
      slots: [gradSlot(dy), finalSlot(dfinal)],
      params: { ...storage({ WEIGHT: weight }), BEHIND: behind },
      uniforms: [u32(D), u32(W)],
      bindings: [weight, seqIdxOf(device, varlen), cuSeqlensOf(device, varlen), dx],
    });
    return dx;
  };
  return {
    x: ofInputs(x.shape, false),
    ...(dy && ofParameters(device, args, dy)),
    ...(initialState && { initialState: ofInputs(initialState.shape, true) }),
  };
}

/** Sums over all tokens, blocks of tokens first. */
function ofParameters(
  device: Device,
  { x, weight, bias, initialState, varlen }: Call<"shortConv">["args"],
  dy: GpuTensor,
): Pick<Gradients<"shortConv">, "weight" | "bias"> {
  const [D, W] = weight.shape as [number, number];
  const T = varlen.totalTokens;
  const block = blockOf(T);
  const blocks = Math.ceil(T / block);
  const parts = make(device, [blocks, D * W + D], "f32");
  launchElements(device, elements(parts.shape), {
    main: parametersModule,
    slots: [historySlot(initialState)],
    params: storage({ X: x, GRAD: dy }),
    uniforms: [T, D, W, block].map(u32),
    bindings: [x, dy, seqIdxOf(device, varlen), cuSeqlensOf(device, varlen), parts],
  });
  const [dweight, dbias] = cutAll(device, sumRows(device, parts), [[D, W], [D]]);
  if (!bias) dbias!.dispose();
  return { weight: dweight!, ...(bias && { bias: dbias! }) };
}

/** From the gradients of differences, and of the final state, to those of x and the cache. */
export function tokenShift(device: Device, { args, grad }: Call<"tokenShift">): Gradients<"tokenShift"> {
  const { x, cache, varlen } = args;
  const ofInputs = (shape: Shape, behind: boolean): GpuTensor => {
    const dx = make(device, shape, "f32");
    launchElements(device, elements(shape), {
      main: tokenShiftModule,
      slots: [gradSlot(grad.o), finalSlot(grad.finalState)],
      params: { BEHIND: behind },
      uniforms: [u32(shape[1]!)],
      bindings: [seqIdxOf(device, varlen), cuSeqlensOf(device, varlen), dx],
    });
    return dx;
  };
  return { x: ofInputs(x.shape, false), ...(cache && { cache: ofInputs(cache.shape, true) }) };
}
