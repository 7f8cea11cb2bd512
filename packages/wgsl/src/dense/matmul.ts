import type { VerbTable } from "@webfla/ops";
import { byMatrices, type Device, launch, make, type Slot, storage } from "../launch";
import { launchProduct, sink, view } from "../product";
import { type GpuTensor, type Module, u32 } from "../runtime";
import { fours } from "../shared";
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

// beyond this a block of rows a thread is worth its registers, and beyond that there are enough tiles
const FEW_ROWS = 8;
const SOME_ROWS = 64;
// workgroups that fill a device, and the least that is worth a part of its own
const WORKGROUPS = 1024;
const DEPTH = 256;
// of subgroup matrices
const SIDE = 16;

type Args = VerbTable<GpuTensor>["matmul"][0];

/** o = a · b + bias. */
export function matmul(
  device: Device,
  { a, b, bias, transposeA, transposeB, dtype, M, N, K, shape }: Args,
): GpuTensor {
  // of a row's bits nothing may depend on how many others there are, from FEW_ROWS to SOME_ROWS or beyond
  const isLong = transposeA || (M > FEW_ROWS && M <= SOME_ROWS);
  const parts = isLong ? partsOf(M, N, K) : 1;
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

/** Parts of a sum that is long for its few tiles: that over the rows of a batch, as a weight's gradient is, or that for a few rows. */
function partsOf(M: number, N: number, K: number): number {
  const tiles = Math.ceil(M / 64) * Math.ceil(N / 64);
  return Math.max(1, Math.min(Math.floor(WORKGROUPS / tiles), Math.floor(K / DEPTH)));
}

/** Writes o, or its parts [parts, M, N]. */
function product(
  device: Device,
  { a, b, bias, transposeA, transposeB, M, N, K }: Omit<Args, "shape" | "dtype">,
  o: GpuTensor,
  parts: number,
): void {
  if (M <= FEW_ROWS && parts === 1) {
    const rows = M === 1 ? 1 : 4;
    const columns = transposeB ? 4 : 16;
    launch(device, {
      main: matvecModule,
      uses: [fours],
      slots: [view("a", a), view("b", b), biasSlot(bias)],
      params: {
        ...storage({ O: o }),
        ROWS: rows,
        LANES: device.info.isFallback ? 4 : 32,
        AHEAD: M === 1 ? 4 : 2,
        LEFT_ALONG_INNER: !transposeA,
        RIGHT_ALONG_INNER: transposeB,
      },
      uniforms: [M, N, K].map(u32),
      bindings: [o],
      workgroups: Math.ceil(M / rows) * Math.ceil(N / columns),
    });
    return;
  }
  // whole vectors of four a part, and whole matrices
  const depth = SIDE * Math.ceil(K / parts / SIDE);
  launchProduct(device, {
    stage: matmulModule,
    slots: [view("a", a), view("b", b), sink("o", o), biasSlot(bias)],
    places: parts,
    rows: M,
    columns: N,
    along: { left: transposeA ? "rows" : "inner", right: transposeB ? "inner" : "columns" },
    uniforms: [M, N, K, depth].map(u32),
    bindings: [],
    matrices: byMatrices(device, [a, b]),
    asStored: { left: a, right: b },
  });
}
