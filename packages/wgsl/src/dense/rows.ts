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

// an axis of so many elements goes in parts, where no more results are made of it
const LONG = 4096;
const FEW = 2048;

/** Sum, sum of squares or maximum over an axis; over a long one in two steps, where one would leave most of a device idle. */
export function reduce(device: Device, { kind, x, axis, shape }: Args<"reduce">): GpuTensor {
  const length = x.shape[axis]!;
  const inner = elements(x.shape.slice(axis + 1));
  const o = make(device, shape, x.dtype);
  if (length < LONG || elements(shape) > FEW) {
    join(device, kind, { x, o, length, inner, share: Math.max(1, length) });
    return o;
  }
  const share = Math.ceil(Math.sqrt(length));
  const parts = Math.ceil(length / share);
  const outer = elements(shape) / inner;
  const partial = make(device, [outer, parts, inner], "f32");
  join(device, kind, { x, o: partial, length, inner, share });
  join(device, kind === "max" ? "max" : "sum", { x: partial, o, length: parts, inner, share: parts });
  partial.dispose();
  return o;
}

interface Join {
  readonly x: GpuTensor; // [outer, length, inner]
  readonly o: GpuTensor; // [outer, length / share, inner]
  readonly length: number;
  readonly inner: number;
  readonly share: number;
}

function join(device: Device, kind: Args<"reduce">["kind"], { x, o, length, inner, share }: Join): void {
  // threads side by side read neighbours: up to 32 results, and along the axis where there are fewer
  const LANES = 256 / Math.min(32, powerOfTwo(inner));
  launch(device, {
    main: reduceModule,
    params: { ...storage({ X: x, O: o }), KIND: constantOf(kind), LANES },
    uniforms: [
      ...[o.size, length, inner, Math.max(1, Math.ceil(length / share)), share].map(u32),
      f32(kind === "max" ? Number.NEGATIVE_INFINITY : 0),
    ],
    bindings: [x, o],
    workgroups: Math.ceil(o.size / (256 / LANES)),
  });
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
