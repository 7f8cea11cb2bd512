import { type DType, elements, type VerbTable } from "@webfla/ops";
import { type Device, launch, make, type Slot, teamsFor } from "../launch";
import { sink, view } from "../product";
import { f32, type GpuTensor, type Module, u32 } from "../runtime";
import { lanes, math, rows } from "../shared";
import biasZero from "./bias.zero.wgsl";
import gateElements from "./gate.elements.wgsl";
import gateNone from "./gate.none.wgsl";
import normText from "./norm.wgsl";
import weightOne from "./weight.one.wgsl";

type NormArgs = VerbTable<GpuTensor>["norm"][0];

const normModule: Module = { path: "dense/norm.wgsl", text: normText };
const gateModule: Module = { path: "dense/gate.elements.wgsl", text: gateElements };
const noWeight: Slot = { module: { path: "dense/weight.one.wgsl", text: weightOne } };
const noBias: Slot = { module: { path: "dense/bias.zero.wgsl", text: biasZero } };
const noGate: Slot = { module: { path: "dense/gate.none.wgsl", text: gateNone } };

/** The slot of a factor a channel: `weight4` and `weight1`. */
export const weightSlot = (weight: GpuTensor | undefined, wide: boolean): Slot =>
  weight ? view("weight", weight, wide) : noWeight;

const gateSlot = ({ gate, activation, gateFirst }: NormArgs, wide: boolean): Slot =>
  gate
    ? {
        module: gateModule,
        params: { GATE_FIRST: gateFirst, GATE_SILU: activation === "silu" },
        needs: [view("gate", gate, wide)],
      }
    : noGate;

/** Normalises groups of the last axis; the result takes x's storage unless another is named. */
export function norm(device: Device, args: NormArgs, dtype: DType = args.x.dtype): GpuTensor {
  const { kind, x, weight, bias, eps, groupSize } = args;
  const o = make(device, x.shape, dtype);
  const groups = elements(x.shape) / groupSize;
  const wide = groupSize % 4 === 0;
  const { params, workgroups } = teamsFor(groups, groupSize);
  launch(device, {
    main: normModule,
    uses: [math, lanes, rows],
    slots: [
      ...[view("x", x, wide), sink("o", o, wide), weightSlot(weight, wide)],
      ...[bias ? view("bias", bias, wide) : noBias, gateSlot(args, wide)],
    ],
    params: { ...params, KIND: kind.toUpperCase() },
    uniforms: [u32(groups), u32(groupSize), u32(x.shape.at(-1)!), f32(eps)],
    bindings: [],
    workgroups,
  });
  return o;
}
