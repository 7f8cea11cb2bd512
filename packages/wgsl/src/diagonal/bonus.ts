import { lanesFor, launch, make, storage } from "../launch";
import { type GpuTensor, type Module, u32 } from "../runtime";
import { lanes } from "../shared";
import text from "./bonus.wgsl";
import type { Frame } from "./frame";

const bonusModule: Module = { path: "diagonal/bonus.wgsl", text };

export interface BonusArgs {
  readonly q: GpuTensor; // [T, H, K]
  readonly k: GpuTensor; // [T · steps, H, K]
  readonly v: GpuTensor; // [T · steps, HV, V]
  readonly u: GpuTensor; // [HV, K]
  /** Rows of a token. */
  readonly steps: number;
}

/** What tokens that read before they write see of their own rows, [T, HV, V] f32; the caller disposes it. */
export function bonus(frame: Frame, { q, k, v, u, steps }: BonusArgs): GpuTensor {
  const { device, list, T, HV, K, V } = frame;
  const extra = make(device, [T, HV, V], "f32");
  const groups = list.chunkCount * list.longest * HV;
  launch(device, {
    main: bonusModule,
    uses: [lanes],
    params: { ...storage({ Q: q, KEY: k, VALUE: v, BONUS: u }), LANES: lanesFor(Math.max(K, V)) },
    uniforms: [groups, list.longest, steps, q.shape[1]!, HV, K, V].map(u32),
    bindings: [list.chunks, q, k, v, u, extra],
    workgroups: groups,
  });
  return extra;
}
