import { elements } from "@webfla/ops";
import { byFours, constantOf, unaryKindsModule } from "../dense";
import { type Device, launch, launchElements, make, storage, teamsFor } from "../launch";
import { sink, view } from "../product";
import { f32, type GpuTensor, i32, type Module, u32 } from "../runtime";
import { lanes, math, rows, softmaxParts } from "../shared";
import type { Call, Gradients } from "./call";
import crossEntropyText from "./cross_entropy.wgsl";
import featureMapText from "./feature_map.wgsl";
import slopesText from "./slopes.wgsl";
import unaryText from "./unary.wgsl";

const crossEntropyModule: Module = { path: "gradient/cross_entropy.wgsl", text: crossEntropyText };
const featureMapModule: Module = { path: "gradient/feature_map.wgsl", text: featureMapText };
const unaryModule: Module = { path: "gradient/unary.wgsl", text: unaryText };

/** Derivatives of scalar functions. */
export const slopes: Module = { path: "gradient/slopes.wgsl", text: slopesText };

/** dx = f'(x) · grad. */
export function unary(
  device: Device,
  { args: { kind, x }, grad }: Pick<Call<"unary">, "args" | "grad">,
): { readonly x: GpuTensor } {
  const dx = make(device, x.shape, "f32");
  const { fours, ...call } = byFours({ x, grad }, { dx });
  launchElements(device, fours, {
    ...call,
    main: unaryModule,
    uses: [math, slopes, unaryKindsModule],
    params: { KIND: constantOf(kind) },
  });
  return { x: dx };
}

/** From the gradients of polynomial features to that of the rows. */
export function featureMap(device: Device, { args, grad }: Call<"featureMap">): Gradients<"featureMap"> {
  const { kind, x, scale, shape } = args;
  const dx = make(device, x.shape, "f32");
  launchElements(device, elements(x.shape), {
    main: featureMapModule,
    params: { ...storage({ X: x, GRAD: grad }), KIND: constantOf(kind) },
    uniforms: [u32(x.shape.at(-1)!), u32(shape.at(-1)!), f32(scale)],
    bindings: [x, grad, dx],
  });
  return { x: dx };
}

/** Softmax less what was wanted, for each row. */
export function crossEntropy(
  device: Device,
  { args, grad }: Call<"crossEntropy">,
): Gradients<"crossEntropy"> {
  const { logits, targets, ignoreIndex, labelSmoothing, zLoss } = args;
  const dx = make(device, logits.shape, "f32");
  const [count, classes] = logits.shape as [number, number];
  const { params, workgroups } = teamsFor(count, classes);
  launch(device, {
    main: crossEntropyModule,
    uses: [math, lanes, rows, softmaxParts],
    slots: [view("x", logits), sink("dx", dx)],
    params: { ...params, ...storage({ GRAD: grad }) },
    uniforms: [u32(count), u32(classes), i32(ignoreIndex), f32(labelSmoothing), f32(zLoss)],
    bindings: [targets, grad],
    workgroups,
  });
  return { logits: dx };
}
