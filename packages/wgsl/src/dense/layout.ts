import { elements, type Shape, type VerbTable } from "@webfla/ops";
import { type Device, launch, launchElements, make, storage } from "../launch";
import { type GpuTensor, type Module, u32 } from "../runtime";
import copyText from "./copy.wgsl";
import { perFour } from "./elementwise";
import joinText from "./join.wgsl";
import stackText from "./stack.wgsl";
import transposeText from "./transpose.wgsl";

type Args<V extends keyof VerbTable<GpuTensor>> = VerbTable<GpuTensor>[V][0];

const copyModule: Module = { path: "dense/copy.wgsl", text: copyText };
const joinModule: Module = { path: "dense/join.wgsl", text: joinText };
const stackModule: Module = { path: "dense/stack.wgsl", text: stackText };
const transposeModule: Module = { path: "dense/transpose.wgsl", text: transposeText };

/** A row of this shape is what lies from the axis on. */
const rowSize = (shape: Shape, axis: number): number => elements(shape.slice(axis));
const inner = (shape: Shape, axis: number): number => elements(shape.slice(axis + 1));

function copyWindow(
  device: Device,
  x: GpuTensor,
  xStart: number,
  o: GpuTensor,
  oStart: number,
  run: number,
  axis: number,
) {
  const sizes = [run, rowSize(x.shape, axis), xStart, rowSize(o.shape, axis), oStart];
  const { params, counts } = perFour(sizes, { X: x });
  launchElements(device, elements(o.shape.slice(0, axis)) * counts[0]!, {
    main: copyModule,
    params,
    uniforms: counts.map(u32),
    bindings: [x, o],
  });
}

/** x[.., start:end, ..] along an axis. */
export function slice(device: Device, { x, axis, start, shape }: Args<"slice">): GpuTensor {
  const o = make(device, shape, x.dtype);
  copyWindow(device, x, start * inner(shape, axis), o, 0, rowSize(shape, axis), axis);
  return o;
}

/** Tensors one after the other along an axis. */
export function concat(device: Device, { xs, axis, shape }: Args<"concat">): GpuTensor {
  const o = make(device, shape, xs[0]!.dtype);
  const atOnce = elements(shape.slice(0, axis)) === 1 ? JOINED : 1;
  let start = 0;
  for (let i = 0; i < xs.length; i += atOnce) {
    const some = xs.slice(i, i + atOnce);
    const run = some.reduce((sum, x) => sum + rowSize(x.shape, axis), 0);
    if (some.length > 1) join(device, some, run, o, start);
    else copyWindow(device, some[0]!, 0, o, start, run, axis);
    start += run;
  }
  return o;
}

// tensors that a launch joins
const JOINED = 6;

/** Writes several tensors, whole, one after another. */
function join(device: Device, xs: readonly GpuTensor[], run: number, o: GpuTensor, start: number): void {
  const six = Array.from({ length: JOINED }, (_, i) => xs[i] ?? xs[0]!);
  let end = 0;
  const ends = six.map((x, i) => (end += i < xs.length ? elements(x.shape) : 0));
  const { params, counts } = perFour([run, start, ...ends.slice(0, -1)], { X: xs[0]! });
  launchElements(device, counts[0]!, {
    main: joinModule,
    params,
    uniforms: counts.slice(1).map(u32),
    bindings: [...six, o],
  });
}

/** Copies x into o, from row `first` of the first axis on. */
export function place(device: Device, x: GpuTensor, o: GpuTensor, first: number): void {
  copyWindow(device, x, 0, o, first * inner(o.shape, 0), rowSize(x.shape, 0), 0);
}

/** A copy that a kernel may write to. */
export const copy = (device: Device, x: GpuTensor): GpuTensor =>
  concat(device, { xs: [x], axis: 0, shape: x.shape });

/** Swaps the last two axes. */
export function transpose(device: Device, { x }: Args<"transpose">): GpuTensor {
  const lead = x.shape.slice(0, -2);
  const [R, C] = x.shape.slice(-2) as [number, number];
  const o = make(device, [...lead, C, R], x.dtype);
  const batches = elements(lead);
  launch(device, {
    main: transposeModule,
    params: storage({ X: x }),
    uniforms: [batches, R, C].map(u32),
    bindings: [x, o],
    workgroups: batches * Math.ceil(R / 16) * Math.ceil(C / 16),
  });
  return o;
}

/** Tensors [rows, heads, width], each under its name; one without rows of its own is [heads, width]. */
export type Sides = Readonly<Record<string, GpuTensor>>;

/** One buffer that holds several small tensors, and where each begins in the numbers of a row and head. */
export interface Stream {
  readonly buffer: GpuTensor;
  readonly at: Readonly<Record<string, number>>;
  /** 0 where all rows are one. */
  readonly rowStride: number;
  readonly heads: number;
  readonly width: number;
  /** Whether the buffer was made for the stream: its maker disposes it. */
  readonly owned: boolean;
}

/** Puts several tensors into one buffer, so that a kernel needs one binding; a single tensor is taken as it is. */
export function stack(device: Device, sides: Sides): Stream | undefined {
  const parts = Object.entries(sides).map(([name, x]) => {
    const [heads, width] = x.shape.slice(-2) as [number, number];
    return { name, x, heads, width, rows: x.shape.length > 2 ? x.shape[0]! : undefined };
  });
  const [first, ...others] = parts;
  if (!first) return undefined;
  if (others.length === 0) {
    const { name, x, heads, width, rows } = first;
    return {
      buffer: x,
      at: { [name]: 0 },
      rowStride: rows === undefined ? 0 : heads * width,
      heads,
      width,
      owned: false,
    };
  }
  const rows = parts.find((part) => part.rows !== undefined)?.rows;
  const heads = Math.max(...parts.map((part) => part.heads));
  const width = parts.reduce((sum, part) => sum + part.width, 0);
  const buffer = make(device, [rows ?? 1, heads, width], "f32");
  const at: Record<string, number> = {};
  let start = 0;
  for (const part of parts) {
    const rowStride = part.rows === undefined ? 0 : part.heads * part.width;
    launchElements(device, (rows ?? 1) * heads * part.width, {
      main: stackModule,
      params: storage({ X: part.x }),
      uniforms: [heads, part.width, rowStride, heads / part.heads, width, start].map(u32),
      bindings: [part.x, buffer],
    });
    at[part.name] = start;
    start += part.width;
  }
  return { buffer, at, rowStride: rows === undefined ? 0 : heads * width, heads, width, owned: true };
}
