import type { VerbTable } from "@webfla/ops";
import { type Device, launch, make, type Slot, storage } from "../launch";
import { type GpuTensor, type Module, u32 } from "../runtime";
import biasColumns from "./bias.columns.wgsl";
import biasNone from "./bias.none.wgsl";
import { cast } from "./elementwise";
import matmulText from "./matmul.wgsl";
import matvecText from "./matvec.wgsl";
import { reduce } from "./rows";

const matmulModule: Module = { path: "dense/matmul.wgsl", text: matmulText };
const matvecModule: Module = { path: "dense/matvec.wgsl", text: matvecText };
const noBias: Slot = { module: { path: "dense/bias.none.wgsl", text: biasNone } };
const biasModule: Module = { path: "dense/bias.columns.wgsl", text: biasColumns };

/** The slot of a bias a column. */
export const biasSlot = (bias: GpuTensor | undefined): Slot =>
  bias ? { module: biasModule, params: storage({ BIAS: bias }), brings: ["BIAS", bias] } : noBias;

// beyond this a block of rows a thread is worth its registers
const FEW_ROWS = 8;
// workgroups that fill a device, and the least that is worth a part of its own
const WORKGROUPS = 1024;
const DEPTH = 256;

type Args = VerbTable<GpuTensor>["matmul"][0];

/** o = a · b + bias. */
export function matmul(
  device: Device,
  { a, b, bias, transposeA, transposeB, dtype, M, N, K, shape }: Args,
): GpuTensor {
  const parts = transposeA && !bias ? partsOf(M, N, K) : 1;
  if (parts > 1) {
    const sums = make(device, [parts, M, N], "f32");
    product(device, { a, b, bias, transposeA, transposeB, M, N, K }, sums, parts);
    const sum = reduce(device, { kind: "sum", x: sums, axis: 0, shape });
    sums.dispose();
    if (dtype === "f32") return sum;
    const o = cast(device, { x: sum, dtype });
    sum.dispose();
    return o;
  }
  const o = make(device, shape, dtype);
  product(device, { a, b, bias, transposeA, transposeB, M, N, K }, o, 1);
  return o;
}

/** Parts of a sum over the rows of a batch, as a weight's gradient is: it is long, and its tiles may be few. */
function partsOf(M: number, N: number, K: number): number {
  return Math.max(1, Math.min(Math.floor(WORKGROUPS / tilesOf(M, N)), Math.floor(K / DEPTH)));
}

const tilesOf = (M: number, N: number): number => Math.ceil(M / 64) * Math.ceil(N / 32);

/** Writes o, or its parts [parts, M, N]. */
function product(
  device: Device,
  { a, b, bias, transposeA, transposeB, M, N, K }: Omit<Args, "shape" | "dtype">,
  o: GpuTensor,
  parts: number,
): void {
  const strides = [...(transposeA ? [1, M] : [K, 1]), ...(transposeB ? [1, K] : [N, 1])];
  const call = {
    slots: [biasSlot(bias)],
    uniforms: [M, N, K, ...strides].map(u32),
    bindings: [a, b, o],
  };
  const types = storage({ A: a, B: b, O: o });
  if (M <= FEW_ROWS && parts === 1) {
    const rows = M === 1 ? 1 : 4;
    const columns = transposeB ? 8 : 16;
    launch(device, {
      ...call,
      main: matvecModule,
      params: { ...types, ROWS: rows, B_ROWS: !transposeB },
      workgroups: Math.ceil(M / rows) * Math.ceil(N / columns),
    });
  } else
    launch(device, {
      ...call,
      main: matmulModule,
      params: types,
      uniforms: [...call.uniforms, u32(parts)],
      workgroups: tilesOf(M, N) * parts,
    });
}
