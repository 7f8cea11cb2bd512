import type { BackwardVerb, Verb } from "@webfla/ops";
import { cast } from "../dense";
import type { Device, Slot } from "../launch";
import { storage } from "../launch";
import type { GpuTensor, Module } from "../runtime";
import finalGiven from "./final.given.wgsl";
import finalNone from "./final.none.wgsl";
import gradGiven from "./grad.given.wgsl";
import gradNone from "./grad.none.wgsl";
import initialGiven from "./initial.given.wgsl";
import initialNone from "./initial.none.wgsl";

/** A verb's arguments, results and the gradients of these. */
export type Call<V extends Verb> = Parameters<BackwardVerb<GpuTensor, V>>[0];
/** The gradients of its arguments, in f32, by name; the caller owns them. */
export type Gradients<V extends Verb> = ReturnType<BackwardVerb<GpuTensor, V>>;

const gradModule: Module = { path: "gradient/grad.given.wgsl", text: gradGiven };
const finalModule: Module = { path: "gradient/final.given.wgsl", text: finalGiven };
const initialModule: Module = { path: "gradient/initial.given.wgsl", text: initialGiven };
const noGrad: Slot = { module: { path: "gradient/grad.none.wgsl", text: gradNone } };
const noFinal: Slot = { module: { path: "gradient/final.none.wgsl", text: finalNone } };
const noInitial: Slot = { module: { path: "gradient/initial.none.wgsl", text: initialNone } };

/** Supplies `grad_at`: the gradient of the main result, zeros where nothing depends on it. */
export const gradSlot = (grad: GpuTensor | undefined): Slot =>
  grad ? { module: gradModule, params: storage({ GRAD: grad }), brings: ["GRAD", grad] } : noGrad;

/** Supplies `final_at`: the gradient of the final state. */
export const finalSlot = (grad: GpuTensor | undefined): Slot =>
  grad ? { module: finalModule, params: storage({ FINAL: grad }), brings: ["FINAL", grad] } : noFinal;

/** Supplies `initial_at`: the initial state itself. */
export const initialSlot = (state: GpuTensor | undefined): Slot =>
  state ? { module: initialModule, brings: ["INITIAL", state] } : noInitial;

/** Calls with x in f32: with x itself where it is, with a copy that goes afterwards where it is not. */
export function inF32<R>(device: Device, x: GpuTensor, body: (x: GpuTensor) => R): R {
  if (x.dtype === "f32") return body(x);
  const wide = cast(device, { x, dtype: "f32" });
  const result = body(wide);
  wide.dispose();
  return result;
}
