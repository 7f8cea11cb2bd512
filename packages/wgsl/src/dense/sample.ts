import type { SampleResult, VerbTable } from "@webfla/ops";
import { type Device, lanesFor, launch, make, storage } from "../launch";
import { type GpuTensor, type Module, u32 } from "../runtime";
import { lanes } from "../shared";
import sampleText from "./sample.wgsl";

const sampleModule: Module = { path: "dense/sample.wgsl", text: sampleText };

/** The smallest temperature that still divides in f32, and the largest number below 1. */
const COLDEST = 2 ** -100;
const BELOW_ONE = 1 - 2 ** -24;

/** A draw from every row of logits. */
export function sample(
  device: Device,
  { logits, temperature, topK, topP, uniform }: VerbTable<GpuTensor>["sample"][0],
): SampleResult<GpuTensor> {
  const [N, V] = logits.shape as [number, number];
  const token = make(device, [N], "i32");
  const logProbability = make(device, [N], "f32");
  const words = new Uint32Array(4 * N);
  const numbers = new Float32Array(words.buffer);
  for (let n = 0; n < N; n++) {
    numbers[4 * n] = temperature[n] === 0 ? 0 : Math.max(temperature[n]!, COLDEST);
    words[4 * n + 1] = topK[n] === 0 ? V : Math.min(topK[n]!, V);
    numbers[4 * n + 2] = topP[n]!;
    numbers[4 * n + 3] = Math.min(uniform[n]!, BELOW_ONE);
    // all kept: the walk is by id; a topP that rounds to 1 still walks by rank
    if (topK[n] === 0 && topP[n] === 1) words[4 * n + 1] = 0;
  }
  const settings = device.constant(words);
  launch(device, {
    main: sampleModule,
    uses: [lanes],
    params: { ...storage({ X: logits }), LANES: V <= 1024 ? lanesFor(V) : 256 },
    uniforms: [u32(N), u32(V)],
    bindings: [logits, settings, token, logProbability],
    workgroups: N,
  });
  settings.dispose();
  return { token, logProbability };
}
