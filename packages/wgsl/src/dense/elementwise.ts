import { elements, type Shape, type VerbTable } from "@webfla/ops";
import { type Device, launchElements, make, storage } from "../launch";
import { sink, view } from "../product";
import { f32, type GpuTensor, i32, type Module, type Params, u32 } from "../runtime";
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

/** The slots of a kernel whose threads take four consecutive elements each of tensors of one size, and its first uniforms. */
export function byFours(
  read: Readonly<Record<string, GpuTensor>>,
  written: Readonly<Record<string, GpuTensor>>,
) {
  const [first] = Object.values(written);
  const count = elements(first!.shape);
  const wide = count % 4 === 0;
  const slots = [
    ...Object.entries(read).map(([name, x]) => view(name, x, wide)),
    ...Object.entries(written).map(([name, x]) => sink(name, x, wide)),
  ];
  return { fours: Math.ceil(count / 4), slots, uniforms: [u32(count)], bindings: [] };
}

// fours beyond which a thread takes more than one: starting threads takes longer than what they do
const MANY = 2 ** 20;

/** o = f(x), element by element. */
export function unary(device: Device, { kind, x }: Args<"unary">): GpuTensor {
  const o = make(device, x.shape, x.dtype);
  const { fours, ...call } = byFours({ x }, { o });
  launchElements(device, fours, {
    ...call,
    main: unaryModule,
    uses: [math, unaryKindsModule],
    params: { KIND: constantOf(kind) },
    each: fours >= MANY ? 4 : 1,
  });
  return o;
}

/** o = scale · x + shift. */
export function affine(device: Device, { x, scale, shift }: Args<"affine">): GpuTensor {
  const o = make(device, x.shape, x.dtype);
  const { fours, uniforms, ...call } = byFours({ x }, { o });
  launchElements(device, fours, {
    ...call,
    main: affineModule,
    uniforms: [...uniforms, f32(scale), f32(shift)],
  });
  return o;
}

/** An axis of the result, and each operand's step along it: 0 where it is repeated. */
interface Axis {
  readonly size: number;
  readonly a: number;
  readonly b: number;
}

/** Four axes of a result, from the first to the last: those that both operands walk through as if they were one are one. */
function axesOf(shape: Shape, a: Shape, b: Shape): Axis[] {
  const steps = (x: Shape) => {
    const padded = [...Array<number>(shape.length - x.length).fill(1), ...x];
    return padded.map((size, axis) => (size === 1 ? 0 : elements(padded.slice(axis + 1))));
  };
  const [ofA, ofB] = [steps(a), steps(b)];
  const axes: Axis[] = [];
  shape.forEach((size, i) => {
    const outer = axes.at(-1);
    const axis = { size, a: ofA[i]!, b: ofB[i]! };
    if (size === 1) return;
    if (outer && outer.a === axis.a * size && outer.b === axis.b * size)
      axes[axes.length - 1] = { ...axis, size: outer.size * size };
    else axes.push(axis);
  });
  return [...Array<Axis>(4).fill({ size: 1, a: 0, b: 0 }), ...axes].slice(-4);
}

/** o = f(a, b) with NumPy's broadcasting. */
export function binary(device: Device, { kind, a, b, shape, dtype }: Args<"binary">): GpuTensor {
  const o = make(device, shape, dtype);
  const axes = axesOf(shape, a.shape, b.shape);
  const outer = axes.slice(0, 3);
  const last = axes[3]!;
  const along = { A_ALONG: last.a === 1, B_ALONG: last.b === 1 };
  const wide = last.size % 4 === 0;
  const fours = Math.ceil(last.size / 4);
  const sizes = [fours, ...axes.slice(1).map(({ size }) => size)];
  launchElements(
    device,
    outer.reduce((n, { size }) => n * size, fours),
    {
      main: binaryModule,
      uses: [math],
      slots: [view("a", a, wide && along.A_ALONG), view("b", b, wide && along.B_ALONG), sink("o", o, wide)],
      params: { ...along, KIND: constantOf(kind) },
      uniforms: [...sizes, ...outer.map((axis) => axis.a), ...outer.map((axis) => axis.b)].map(u32),
      bindings: [],
    },
  );
  return o;
}

/** Storage types of tensors, as aliases; four elements are one where all counts are multiples of four. */
export function perFour(counts: readonly number[], named: Readonly<Record<string, GpuTensor>>) {
  const each = counts.every((n) => n % 4 === 0) ? 4 : 1;
  const types = Object.entries(named).map(([name, { dtype }]) => [
    name,
    each === 4 ? `vec4<${dtype}>` : dtype,
  ]);
  return { params: Object.fromEntries(types) as Params, counts: counts.map((n) => n / each) };
}

/** x in another storage type. */
export function cast(device: Device, { x, dtype }: Args<"cast">): GpuTensor {
  const o = make(device, x.shape, dtype);
  const { params, counts } = perFour([elements(x.shape)], { X: x, O: o });
  launchElements(device, counts[0]!, { main: castModule, params, bindings: [x, o] });
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
