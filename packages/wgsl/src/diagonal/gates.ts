import type { Decay } from "@webfla/ops";
import { launch, make, powerOfTwo, storage } from "../launch";
import { type GpuTensor, type Module, u32 } from "../runtime";
import type { Gates } from "../slots/chunk-laws";
import type { Frame } from "./frame";
import text from "./gate.wgsl";

const gateModule: Module = { path: "diagonal/gate.wgsl", text };

// channels of a workgroup
const MOST = 32;

const stands = { scalar: "PAIR", vector: "KEY", value: "VALUE" } as const;

/** Sums the log gates in each chunk, unless they are alike at all tokens; the caller disposes the sums. */
export function sumGates(
  frame: Omit<Frame, "gates">,
  decay: Decay<GpuTensor> | undefined,
): Gates | undefined {
  if (!decay) return undefined;
  if (decay.kind === "head") return { by: "PAIR", slopes: decay.slopes };
  const { device, list, T, HV, K, V } = frame;
  const by = stands[decay.kind];
  const { g } = decay;
  const channels = { PAIR: 1, KEY: K, VALUE: V }[by];
  const width = HV * channels;
  const across = Math.min(MOST, powerOfTwo(width));
  const sums = make(device, [T, HV, channels], "f32");
  launch(device, {
    main: gateModule,
    params: { ...storage({ GATE: g }), CHANNELS: across },
    uniforms: [u32(list.chunkCount), u32(width)],
    bindings: [list.chunks, g, sums],
    workgroups: list.chunkCount * Math.ceil(width / across),
  });
  return { by, sums };
}
