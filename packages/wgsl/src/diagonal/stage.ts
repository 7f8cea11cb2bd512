import type { Slot } from "../launch";
import { launchProduct, type ProductLaunch } from "../product";
import { f32, type GpuTensor, type Module, u32 } from "../runtime";
import { chunkDecaySlot, chunkReads, type ReadKind } from "../slots/chunk-laws";
import type { Frame } from "./frame";
import text from "./stage.wgsl";

const frameModule: Module = { path: "diagonal/stage.wgsl", text };

export interface Stage
  extends Pick<
    ProductLaunch,
    "stage" | "rows" | "columns" | "inner" | "along" | "terms" | "params" | "asStored"
  > {
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

/** What `stage.wgsl` declares of rows that meet at the chunks and value heads of a frame: the uniforms are those after the tiles. */
export function meeting(
  { device, list, steps, HV, K, V, gates }: Frame,
  { reads, left, right, scale = 1 }: Pick<Stage, "reads" | "left" | "right" | "scale">,
) {
  const groups = [left, right].map((x) => HV / x.shape[1]!);
  return {
    device,
    places: list.chunkCount * HV,
    uses: [frameModule, ...(reads ? [chunkReads] : [])],
    decay: chunkDecaySlot(gates),
    params: { ...(reads && { READS: reads }), K, STEPS: steps },
    uniforms: [...[list.longest, HV, V, ...groups].map(u32), f32(scale)],
    bindings: [list.chunks],
  };
}

/** A product at every chunk and value head: the stage finds what `stage.wgsl` declares, and the laws of gates and reads. */
export function launchStage(
  frame: Frame,
  { stage, reads, left, right, split = false, scale, params, slots, ...product }: Stage,
): void {
  const { device, decay, params: known, ...rest } = meeting(frame, { reads, left, right, scale });
  launchProduct(device, {
    ...rest,
    ...product,
    stage,
    slots: [decay, ...slots],
    params: { ...params, ...known },
    matrices: frame.half,
    rowTile: split ? 16 : undefined,
  });
}
