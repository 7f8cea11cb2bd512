import { elements, type Shape, type VerbTable } from "@webfla/ops";
import { type Device, launchElements, make, storage } from "../launch";
import { f32, type GpuTensor, i32, type Module, u32 } from "../runtime";
import { math } from "../shared";
import affineText from "./affine.wgsl";
import binaryText from "./binary.wgsl";
import castText from "./cast.wgsl";
import fillText from "./fill.wgsl";
import unaryText from "./unary.wgsl";
import unaryKindsText from "./unary_kinds.wgsl";

type Args<V extends keyof VerbTable<GpuTensor>> = VerbTable<GpuTensor>[V][0];

const affineModule: Module = { path: "dense/affine.wgsl", text: affineText };
const binaryModule: Module = { path: "dense/binary.wgsl", text: binaryText };
const castModule: Module = { path: "dense/cast.wgsl", text: castText };
const fillModule: Module = { path: "dense/fill.wgsl", text: fillText };
const unaryModule: Module = { path: "dense/unary.wgsl", text: unaryText };

/** The constants that name the kinds; KIND is one of them. */
export const unaryKindsModule: Module = { path: "dense/unary_kinds.wgsl", text: unaryKindsText };

/** siluMul → SILU_MUL: the name of a kind's constant in WGSL. */
export const constantOf = (kind: string): string => kind.replace(/[A-Z]/g, (c) => `_${c}`).toUpperCase();

/** o = f(x), element by element. */
export function unary(device: Device, { kind, x }: Args<"unary">): GpuTensor {
  const o = make(device, x.shape, x.dtype);
  launchElements(device, elements(x.shape), {
    main: unaryModule,
    uses: [math, unaryKindsModule],
    params: { ...storage({ X: x, O: o }), KIND: constantOf(kind) },
    bindings: [x, o],
  });
  return o;
}

/** o = scale · x + shift. */
export function affine(device: Device, { x, scale, shift }: Args<"affine">): GpuTensor {
  const o = make(device, x.shape, x.dtype);
  launchElements(device, elements(x.shape), {
    main: affineModule,
    params: storage({ X: x, O: o }),
    uniforms: [f32(scale), f32(shift)],
    bindings: [x, o],
  });
  return o;
}

/** Steps through a tensor that is broadcast into four axes: 0 along those where it is repeated. */
function strides(shape: Shape): number[] {
  const padded = [1, 1, 1, 1, ...shape].slice(-4);
  return padded.map((size, axis) => (size === 1 ? 0 : elements(padded.slice(axis + 1))));
}

/** o = f(a, b) with NumPy's broadcasting. */
export function binary(device: Device, { kind, a, b, shape, dtype }: Args<"binary">): GpuTensor {
  const o = make(device, shape, dtype);
  const [, ...inner] = [1, 1, 1, 1, ...shape].slice(-4);
  launchElements(device, elements(shape), {
    main: binaryModule,
    uses: [math],
    params: { ...storage({ A: a, B: b, O: o }), KIND: constantOf(kind) },
    uniforms: [...inner, ...strides(a.shape), ...strides(b.shape)].map(u32),
    bindings: [a, b, o],
  });
  return o;
}

/** x in another storage type. */
export function cast(device: Device, { x, dtype }: Args<"cast">): GpuTensor {
  const o = make(device, x.shape, dtype);
  launchElements(device, elements(x.shape), {
    main: castModule,
    params: storage({ X: x, O: o }),
    bindings: [x, o],
  });
  return o;
}

/** A tensor full of one value. */
export function fill(device: Device, value: number, shape: Shape, dtype: GpuTensor["dtype"]): GpuTensor {
  const o = make(device, shape, dtype);
  launchElements(device, elements(shape), {
    main: fillModule,
    params: { ...storage({ O: o }), VALUE: dtype === "i32" ? "i32" : "f32" },
    uniforms: [dtype === "i32" ? i32(value) : f32(value)],
    bindings: [o],
  });
  return o;
}
