import { elements } from "@webfla/ops";
import { biasSlot, weightSlot } from "../dense";
import { type Device, lanesFor, launch, launchElements, make, type Slot, storage } from "../launch";
import { f32, type GpuTensor, type Module, u32 } from "../runtime";
import { lanes, math } from "../shared";
import type { Call, Gradients } from "./call";
import { slopes } from "./elementwise";
import gateElements from "./gate.elements.wgsl";
import gateNone from "./gate.none.wgsl";
import gateGradKept from "./gate_grad.kept.wgsl";
import gateGradNone from "./gate_grad.none.wgsl";
import normText from "./norm.wgsl";
import parametersText from "./norm_parameters.wgsl";
import { blockOf, cutAll, sumRows } from "./parts";

type NormArgs = Call<"norm">["args"];

const normModule: Module = { path: "gradient/norm.wgsl", text: normText };
const parametersModule: Module = { path: "gradient/norm_parameters.wgsl", text: parametersText };
const gateModule: Module = { path: "gradient/gate.elements.wgsl", text: gateElements };
const gateGradModule: Module = { path: "gradient/gate_grad.kept.wgsl", text: gateGradKept };
const noGate: Slot = { module: { path: "gradient/gate.none.wgsl", text: gateNone } };
const noGateGrad: Slot = { module: { path: "gradient/gate_grad.none.wgsl", text: gateGradNone } };

const gateSlot = ({ gate, activation, gateFirst }: NormArgs): Slot =>
  gate
    ? {
        module: gateModule,
        params: { ...storage({ GATE: gate }), GATE_FIRST: gateFirst, GATE_SILU: activation === "silu" },
        brings: ["GATE", gate],
      }
    : noGate;

/** From the gradient of a normalised tensor to those of x, weight, bias and gate. */
export function norm(device: Device, { args, grad }: Call<"norm">): Gradients<"norm"> {
  const { kind, x, weight, bias, gate, eps, groupSize } = args;
  const D = x.shape.at(-1)!;
  const groups = elements(x.shape) / groupSize;
  const dx = make(device, x.shape, "f32");
  const dgate = gate && make(device, x.shape, "f32");
  const stats = make(device, [groups, 2], "f32");
  launch(device, {
    main: normModule,
    uses: [math, slopes, lanes],
    slots: [
      weightSlot(weight, false),
      biasSlot(bias),
      gateSlot(args),
      dgate ? { module: gateGradModule, brings: ["GATE_GRAD", dgate] } : noGateGrad,
    ],
    params: { ...storage({ X: x, GRAD: grad }), KIND: kind.toUpperCase(), LANES: lanesFor(groupSize) },
    uniforms: [u32(groups), u32(groupSize), u32(D), f32(eps)],
    bindings: [x, grad, dx, stats],
    workgroups: groups,
  });
  const parameters = weight || bias ? ofParameters(device, args, grad, stats) : undefined;
  stats.dispose();
  return { x: dx, ...parameters, ...(dgate && { gate: dgate }) };
}

/** Sums over all rows, blocks of rows first. */
function ofParameters(
  device: Device,
  args: NormArgs,
  grad: GpuTensor,
  stats: GpuTensor,
): Pick<Gradients<"norm">, "weight" | "bias"> {
  const { x, weight, bias, groupSize } = args;
  const D = x.shape.at(-1)!;
  const rows = elements(x.shape) / D;
  const block = blockOf(rows);
  const blocks = Math.ceil(rows / block);
  const parts = make(device, [blocks, 2 * D], "f32");
  launchElements(device, blocks * D, {
    main: parametersModule,
    uses: [math, slopes],
    slots: [gateSlot(args)],
    params: storage({ X: x, GRAD: grad }),
    uniforms: [rows, D, groupSize, block].map(u32),
    bindings: [x, grad, stats, parts],
  });
  const [dweight, dbias] = cutAll(device, sumRows(device, parts), [[D], [D]]);
  if (!weight) dweight!.dispose();
  if (!bias) dbias!.dispose();
  return { ...(weight && { weight: dweight! }), ...(bias && { bias: dbias! }) };
}
