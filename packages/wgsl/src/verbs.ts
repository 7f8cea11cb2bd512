import type { Backend, Verb, VerbTable } from "@webfla/ops";
import * as dense from "./dense";
import type { Device } from "./launch";
import { type LinearAttentionPlan, linearAttention } from "./linear-attention";
import { adamw } from "./optimizer";
import type { GpuTensor } from "./runtime";
import * as scan from "./scan";
import * as sequence from "./sequence";

type Kernels = {
  readonly [V in Exclude<Verb, "linearAttention">]: (
    device: Device,
    args: VerbTable<GpuTensor>[V][0],
  ) => VerbTable<GpuTensor>[V][1];
};

/** Every verb as a function of the device it records on. */
const kernels: Kernels = {
  unary: dense.unary,
  affine: dense.affine,
  binary: dense.binary,
  cast: dense.cast,
  matmul: dense.matmul,
  gather: dense.gather,
  scatterAdd: dense.scatterAdd,
  transpose: dense.transpose,
  slice: dense.slice,
  concat: dense.concat,
  reduce: dense.reduce,
  softmax: dense.softmax,
  argmax: dense.argmax,
  sample: dense.sample,
  featureMap: dense.featureMap,
  norm: (device, args) => dense.norm(device, args),
  shortConv: sequence.shortConv,
  tokenShift: sequence.tokenShift,
  rotary: sequence.rotary,
  attention: sequence.attention,
  crossEntropy: dense.crossEntropy,
  cumulative: sequence.cumulative,
  scan: scan.scan,
  selectiveScan: scan.selectiveScan,
  rwkv4: scan.rwkv4,
  adamw,
};

/** The verbs, recording on a device. */
export function verbsOn(device: Device, plan: LinearAttentionPlan): Pick<Backend<GpuTensor>, Verb> {
  const verb = <V extends keyof Kernels>(name: V) => [
    name,
    (args: VerbTable<GpuTensor>[V][0]) => kernels[name](device, args),
  ];
  return {
    ...(Object.fromEntries((Object.keys(kernels) as (keyof Kernels)[]).map(verb)) as Pick<
      Backend<GpuTensor>,
      keyof Kernels
    >),
    linearAttention: (args) => linearAttention(device, args, plan),
  };
}
