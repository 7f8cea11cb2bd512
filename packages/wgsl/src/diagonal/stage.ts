import type { Slot } from "../launch";
import { launchProduct, type ProductLaunch } from "../product";
import { f32, type GpuTensor, type Module, u32 } from "../runtime";
import { chunkDecaySlot, chunkReads, type ReadKind } from "../slots/chunk-laws";
import type { Frame } from "./frame";
import text from "./stage.wgsl";

const frameModule: Module = { path: "diagonal/stage.wgsl", text };

export interface Stage
  extends Pick<ProductLaunch, "stage" | "rows" | "columns" | "along" | "terms" | "params"> {
  /** Who reads, if it matters. */
  readonly reads?: ReadKind | undefined;
  /** Tensors [rows, heads, D] whose heads serve groups of value heads. */
  readonly left: GpuTensor;
  readonly right: GpuTensor;
  /** Whether the exponent of gates is split, which takes tiles of 16 rows. */
  readonly split?: boolean | undefined;
  readonly scale?: number | undefined;
  readonly slots: readonly Slot[];
}

/** A product at every chunk and value head: the stage finds what `stage.wgsl` declares, and the laws of gates and reads. */
export function launchStage(
  frame: Frame,
  { stage, reads, left, right, split = false, scale = 1, params, slots, ...product }: Stage,
): void {
  const { device, list, steps, HV, K, V, gates, half } = frame;
  const groups = [left, right].map((x) => HV / x.shape[1]!);
  launchProduct(device, {
    ...product,
    stage,
    uses: [frameModule, ...(reads ? [chunkReads] : [])],
    slots: [chunkDecaySlot(gates), ...slots],
    params: { ...params, ...(reads && { READS: reads }), K },
    places: list.chunkCount * HV,
    uniforms: [...[list.longest, steps, HV, V, ...groups].map(u32), f32(scale)],
    bindings: [list.chunks],
    matrices: half,
    rowTile: split ? 16 : undefined,
  });
}
