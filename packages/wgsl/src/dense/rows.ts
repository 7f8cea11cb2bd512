import { elements, type VerbTable } from "@webfla/ops";
import {
  type Device,
  lanesFor,
  launch,
  launchElements,
  make,
  powerOfTwo,
  storage,
  teamsFor,
} from "../launch";
import { sink, view } from "../product";
import { f32, type GpuTensor, i32, type Module, u32 } from "../runtime";
import { lanes, math, rows, softmaxParts } from "../shared";
import argmaxText from "./argmax.wgsl";
import crossEntropyText from "./cross_entropy.wgsl";
import { constantOf, fill, perFour } from "./elementwise";
import featureMapText from "./feature_map.wgsl";
import gatherText from "./gather.wgsl";
import reduceText from "./reduce.wgsl";
import scatterAddText from "./scatter_add.wgsl";
import scatterLinksText from "./scatter_links.wgsl";
import softmaxText from "./softmax.wgsl";

type Args<V extends keyof VerbTable<GpuTensor>> = VerbTable<GpuTensor>[V][0];

const argmaxModule: Module = { path: "dense/argmax.wgsl", text: argmaxText };
const crossEntropyModule: Module = { path: "dense/cross_entropy.wgsl", text: crossEntropyText };
const featureMapModule: Module = { path: "dense/feature_map.wgsl", text: featureMapText };
const gatherModule: Module = { path: "dense/gather.wgsl", text: gatherText };
const reduceModule: Module = { path: "dense/reduce.wgsl", text: reduceText };
const scatterAddModule: Module = { path: "dense/scatter_add.wgsl", text: scatterAddText };
const scatterLinksModule: Module = { path: "dense/scatter_links.wgsl", text: scatterLinksText };
const softmaxModule: Module = { path: "dense/softmax.wgsl", text: softmaxText };

/** o[i] = x[index[i]]. */
export function gather(device: Device, { x, index, shape }: Args<"gather">): GpuTensor {
  const o = make(device, shape, x.dtype);
  const [places, ...row] = x.shape;
  const { params, counts } = perFour([elements(row)], { X: x });
  launchElements(device, elements(index.shape) * counts[0]!, {
    main: gatherModule,
    params,
    uniforms: [...counts, places!].map(u32),
    bindings: [x, index, o],
  });
  return o;
}

/** o[index[i]] += rows[i]; the same sum in the same order at every run. */
export function scatterAdd(
  device: Device,
  { rows: added, index, count, shape }: Args<"scatterAdd">,
): GpuTensor {
  const o = make(device, shape, added.dtype);
  const M = index.shape[0]!;
  const first = fill(device, M, [count], "i32");
  const next = make(device, [M], "i32");
  launchElements(device, M, {
    main: scatterLinksModule,
    uniforms: [u32(count)],
    bindings: [index, first, next],
  });
  launchElements(device, elements(shape), {
    main: scatterAddModule,
    params: storage({ X: added }),
    uniforms: [u32(elements(shape.slice(1))), u32(M)],
    bindings: [added, first, next, o],
  });
  first.dispose();
  next.dispose();
  return o;
}

/** Sum or maximum over an axis. */
export function reduce(device: Device, { kind, x, axis, shape }: Args<"reduce">): GpuTensor {
  const o = make(device, shape, x.dtype);
  const results = elements(shape);
  const inner = elements(x.shape.slice(axis + 1));
  // threads side by side read neighbours: up to 32 results, and along the axis where there are fewer
  const LANES = 256 / Math.min(32, powerOfTwo(inner));
  launch(device, {
    main: reduceModule,
    params: { ...storage({ X: x }), KIND: constantOf(kind), LANES },
    uniforms: [
      u32(results),
      u32(x.shape[axis]!),
      u32(inner),
      f32(kind === "max" ? Number.NEGATIVE_INFINITY : 0),
    ],
    bindings: [x, o],
    workgroups: Math.ceil(results / (256 / LANES)),
  });
  return o;
}

/** Softmax over the last axis. */
export function softmax(device: Device, { x }: Args<"softmax">): GpuTensor {
  const o = make(device, x.shape, x.dtype);
  const width = x.shape.at(-1)!;
  const count = elements(x.shape) / width;
  launch(device, {
    ...teamsFor(count, width),
    main: softmaxModule,
    uses: [math, lanes, rows, softmaxParts],
    slots: [view("x", x), sink("o", o)],
    uniforms: [u32(count), u32(width)],
    bindings: [],
  });
  return o;
}

/** The first place of the largest element of the last axis. */
export function argmax(device: Device, { x }: Args<"argmax">): GpuTensor {
  const o = make(device, x.shape.slice(0, -1), "i32");
  const width = x.shape.at(-1)!;
  const count = elements(o.shape);
  launch(device, {
    main: argmaxModule,
    uses: [math],
    params: { ...storage({ X: x }), LANES: lanesFor(width) },
    uniforms: [u32(count), u32(width)],
    bindings: [x, o],
    workgroups: count,
  });
  return o;
}

/** Polynomial features of rows. */
export function featureMap(device: Device, { kind, x, scale, shape }: Args<"featureMap">): GpuTensor {
  const o = make(device, shape, x.dtype);
  const D = x.shape.at(-1)!;
  launchElements(device, elements(x.shape) * D, {
    main: featureMapModule,
    params: { ...storage({ X: x }), KIND: kind.toUpperCase() },
    uniforms: [u32(D), u32(shape.at(-1)!), f32(scale)],
    bindings: [x, o],
  });
  return o;
}

/** Loss of every row of logits. */
export function crossEntropy(
  device: Device,
  { logits, targets, ignoreIndex, labelSmoothing, zLoss }: Args<"crossEntropy">,
): GpuTensor {
  const o = make(device, targets.shape, logits.dtype);
  const [count, classes] = logits.shape as [number, number];
  const { params, workgroups } = teamsFor(count, classes);
  launch(device, {
    main: crossEntropyModule,
    uses: [math, lanes, rows, softmaxParts],
    slots: [view("x", logits)],
    params: { ...params, ...storage({ LOSS: o }) },
    uniforms: [u32(count), u32(classes), i32(ignoreIndex), f32(labelSmoothing), f32(zLoss)],
    bindings: [targets, o],
    workgroups,
  });
  return o;
}
