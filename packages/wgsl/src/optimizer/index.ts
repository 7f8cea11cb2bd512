import type { AdamwResult, VerbTable } from "@webfla/ops";
import { byFours } from "../dense";
import { type Device, launchElements, make } from "../launch";
import { f32, type GpuTensor, type Module } from "../runtime";
import adamwText from "./adamw.wgsl";

const adamwModule: Module = { path: "optimizer/adamw.wgsl", text: adamwText };

/** A step of AdamW on one parameter. */
export function adamw(
  device: Device,
  {
    param,
    grad,
    m,
    v,
    gradScale,
    lr,
    beta1,
    beta2,
    eps,
    weightDecay,
    step,
  }: VerbTable<GpuTensor>["adamw"][0],
): AdamwResult<GpuTensor> {
  const { shape } = param;
  const moved = {
    param: make(device, shape, param.dtype),
    m: make(device, shape, "f32"),
    v: make(device, shape, "f32"),
  };
  const [keep, rate, root] = [1 - lr * weightDecay, lr / (1 - beta1 ** step), Math.sqrt(1 - beta2 ** step)];
  const results = { moved: moved.param, first: moved.m, second: moved.v };
  const { fours, slots, uniforms } = byFours({ x: param, grad, m, v }, results);
  launchElements(device, fours, {
    main: adamwModule,
    slots,
    uniforms: [...uniforms, ...[beta1, 1 - beta1, beta2, 1 - beta2, keep, rate, root, eps].map(f32)],
    bindings: [gradScale],
  });
  return moved;
}
