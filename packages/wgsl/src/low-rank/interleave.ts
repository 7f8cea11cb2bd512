import { launchElements, make, storage } from "../launch";
import { type GpuTensor, type Module, u32 } from "../runtime";
import text from "./interleave.wgsl";

const interleaveModule: Module = { path: "low-rank/interleave.wgsl", text };

/** Keys of the two writes of each row, [2 · rows, heads, K], f16 where both are, from b and k [rows, heads, K]; the caller disposes them. */
export function interleaveKeys(device: Parameters<typeof make>[0], b: GpuTensor, k: GpuTensor): GpuTensor {
  const [rows, , K] = k.shape as [number, number, number];
  const heads = Math.max(b.shape[1]!, k.shape[1]!);
  const keys = make(device, [2 * rows, heads, K], b.dtype === "f16" ? k.dtype : "f32");
  launchElements(device, keys.size, {
    main: interleaveModule,
    params: storage({ B: b, KEY: k, BOTH: keys }),
    uniforms: [heads, K, heads / b.shape[1]!, heads / k.shape[1]!].map(u32),
    bindings: [b, k, keys],
  });
  return keys;
}
