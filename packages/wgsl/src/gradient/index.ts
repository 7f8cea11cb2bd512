import type { Backend, BackwardVerb } from "@webfla/ops";
import type { Device } from "../launch";
import { expectGradient, linearAttentionBack } from "../linear-attention/backward";
import type { LinearAttentionPlan } from "../linear-attention/plan";
import type { GpuTensor } from "../runtime";
import { attention } from "./attention";
import type { Call, Gradients } from "./call";
import { cumulative } from "./cumulative";
import { crossEntropy, featureMap, unary } from "./elementwise";
import { shortConv, tokenShift } from "./neighbours";
import { norm } from "./norm";
import { rwkv4, scan, selectiveScan } from "./scan";

const kernels = {
  unary,
  norm,
  featureMap,
  crossEntropy,
  shortConv,
  tokenShift,
  attention,
  cumulative,
  scan,
  selectiveScan,
  rwkv4,
};
type Graded = keyof typeof kernels;

/** The gradients of the verbs that the tape does not compose of others, recording on a device. */
export function backwardOn(
  device: Device,
  plan: LinearAttentionPlan,
): Pick<Backend<GpuTensor>["backward"], Graded | "linearAttention"> {
  const verb = <V extends Graded>(name: V): [V, BackwardVerb<GpuTensor, V>] => [
    name,
    (call: Call<V>): Gradients<V> =>
      (kernels[name] as (device: Device, call: Call<V>) => Gradients<V>)(device, call),
  ];
  return {
    ...Object.fromEntries((Object.keys(kernels) as Graded[]).map(verb)),
    linearAttention: Object.assign(
      (call: Call<"linearAttention">) => linearAttentionBack(device, call, plan),
      { expect: (args: Call<"linearAttention">["args"]) => expectGradient(args, plan) },
    ),
  };
}
