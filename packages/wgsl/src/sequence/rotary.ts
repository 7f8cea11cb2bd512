import { elements, type VerbTable } from "@webfla/ops";
import { type Device, launchElements, make, storage } from "../launch";
import { type GpuTensor, type Module, u32 } from "../runtime";
import rotaryText from "./rotary.wgsl";

const rotaryModule: Module = { path: "sequence/rotary.wgsl", text: rotaryText };

/** Rotates pairs of channels by the token's position. */
export function rotary(device: Device, args: VerbTable<GpuTensor>["rotary"][0]): GpuTensor {
  const { x, cos, sin, interleaved, offsets, varlen } = args;
  const o = make(device, x.shape, x.dtype);
  const [, H, D] = x.shape as [number, number, number];
  const moved =
    offsets && device.constant(varlen.positionIds.map((at, t) => at + offsets[varlen.seqIdx[t]!]!));
  const positions = moved ?? device.varlen(varlen, "positionIds", () => varlen.positionIds);
  launchElements(device, elements(x.shape), {
    main: rotaryModule,
    params: { ...storage({ X: x, COS: cos, SIN: sin }), INTERLEAVED: interleaved },
    uniforms: [H, D, cos.shape[1]!].map(u32),
    bindings: [x, cos, sin, positions, o],
  });
  moved?.dispose();
  return o;
}
