import { type DType, elements, type VerbTable } from "@webfla/ops";
import { type Device, lanesFor, launch, make, type Slot, storage } from "../launch";
import { f32, type GpuTensor, type Module, u32 } from "../runtime";
import { lanes, math } from "../shared";
import gateElements from "./gate.elements.wgsl";
import gateNone from "./gate.none.wgsl";
import { biasSlot } from "./matmul";
import normText from "./norm.wgsl";
import weightChannels from "./weight.channels.wgsl";
import weightOne from "./weight.one.wgsl";

type NormArgs = VerbTable<GpuTensor>["norm"][0];

const normModule: Module = { path: "dense/norm.wgsl", text: normText };
const weightModule: Module = { path: "dense/weight.channels.wgsl", text: weightChannels };
const gateModule: Module = { path: "dense/gate.elements.wgsl", text: gateElements };
const noWeight: Slot = { module: { path: "dense/weight.one.wgsl", text: weightOne } };
const noGate: Slot = { module: { path: "dense/gate.none.wgsl", text: gateNone } };

/** The slot of a factor a channel. */
export const weightSlot = (weight: GpuTensor | undefined): Slot =>
  weight
    ? { module: weightModule, params: storage({ WEIGHT: weight }), brings: ["WEIGHT", weight] }
    : noWeight;

const gateSlot = ({ gate, activation, gateFirst }: NormArgs): Slot =>
  gate
    ? {
        module: gateModule,
        params: { ...storage({ GATE: gate }), GATE_FIRST: gateFirst, GATE_SILU: activation === "silu" },
        brings: ["GATE", gate],
      }
    : noGate;

/** Normalises groups of the last axis; the result takes x's storage unless another is named. */
export function norm(device: Device, args: NormArgs, dtype: DType = args.x.dtype): GpuTensor {
  const { kind, x, weight, bias, eps, groupSize } = args;
  const o = make(device, x.shape, dtype);
  const groups = elements(x.shape) / groupSize;
  launch(device, {
    main: normModule,
    uses: [math, lanes],
    slots: [weightSlot(weight), biasSlot(bias), gateSlot(args)],
    params: { ...storage({ X: x, O: o }), KIND: kind.toUpperCase(), LANES: lanesFor(groupSize) },
    uniforms: [u32(groups), u32(groupSize), u32(x.shape.at(-1)!), f32(eps)],
    bindings: [x, o],
    workgroups: groups,
  });
  return o;
}
