import { elements } from "@webfla/ops";
import { type Device, lanesFor, launch, make, storage } from "../launch";
import { type Module, u32 } from "../runtime";
import { cumulative as accumulate, spansOf } from "../sequence";
import { lanes } from "../shared";
import { type Call, type Gradients, inF32 } from "./call";
import logSumExpText from "./log_sum_exp.wgsl";

const logSumExpModule: Module = { path: "gradient/log_sum_exp.wgsl", text: logSumExpText };

/** A sum's gradient is the sum the other way; that of log Σ exp weighs what it adds up. */
export function cumulative(
  device: Device,
  { args, result, grad }: Call<"cumulative">,
): Gradients<"cumulative"> {
  if (args.kind === "sum")
    return { x: inF32(device, grad, (x) => accumulate(device, { ...args, x, reverse: !args.reverse })) };
  // half precision of a sum would be an error of its exponential
  if (result.dtype === "f32") return ofLogSumExp(device, { args, result, grad });
  return inF32(device, args.x, (x) => {
    const wide = accumulate(device, { ...args, x });
    const gradients = ofLogSumExp(device, { args, result: wide, grad });
    wide.dispose();
    return gradients;
  });
}

function ofLogSumExp(
  device: Device,
  { args: { x, reverse, chunkSize, varlen }, result, grad }: Call<"cumulative">,
): Gradients<"cumulative"> {
  const dx = make(device, x.shape, "f32");
  const D = elements(x.shape.slice(1));
  const { spans, bounds } = spansOf(device, varlen, chunkSize);
  launch(device, {
    main: logSumExpModule,
    uses: [lanes],
    params: {
      ...storage({ X: x, GRAD: grad }),
      REVERSE: reverse,
      LANES: lanesFor(chunkSize || Number.POSITIVE_INFINITY),
    },
    uniforms: [u32(spans), u32(D)],
    bindings: [x, result, grad, bounds, dx],
    workgroups: spans * D,
  });
  return { x: dx };
}
