import type { VerbTable } from "@webfla/ops";
import { type Device, launch, make, type Slot, storage } from "../launch";
import { type GpuTensor, type Module, u32 } from "../runtime";
import biasColumns from "./bias.columns.wgsl";
import biasNone from "./bias.none.wgsl";
import matmulText from "./matmul.wgsl";
import matvecText from "./matvec.wgsl";

const matmulModule: Module = { path: "dense/matmul.wgsl", text: matmulText };
const matvecModule: Module = { path: "dense/matvec.wgsl", text: matvecText };
const noBias: Slot = { module: { path: "dense/bias.none.wgsl", text: biasNone } };
const biasModule: Module = { path: "dense/bias.columns.wgsl", text: biasColumns };

/** The slot of a bias a column. */
export const biasSlot = (bias: GpuTensor | undefined): Slot =>
  bias ? { module: biasModule, params: storage({ BIAS: bias }), brings: ["BIAS", bias] } : noBias;

// beyond this a block of rows a thread is worth its registers
const FEW_ROWS = 8;

/** o = a · b + bias. */
export function matmul(
  device: Device,
  { a, b, bias, transposeA, transposeB, dtype, M, N, K, shape }: VerbTable<GpuTensor>["matmul"][0],
): GpuTensor {
  const o = make(device, shape, dtype);
  const strides = [...(transposeA ? [1, M] : [K, 1]), ...(transposeB ? [1, K] : [N, 1])];
  const call = {
    slots: [biasSlot(bias)],
    uniforms: [M, N, K, ...strides].map(u32),
    bindings: [a, b, o],
  };
  const types = storage({ A: a, B: b, O: o });
  if (M <= FEW_ROWS) {
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
      workgroups: Math.ceil(M / 64) * Math.ceil(N / 32),
    });
  return o;
}
