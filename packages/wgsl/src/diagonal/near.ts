import { launch } from "../launch";
import { turns } from "../product";
import { type Module, u32 } from "../runtime";
import { fours } from "../shared";
import type { ReadKind } from "../slots/chunk-laws";
import { type Frame, mostReads, mostWrites } from "./frame";
import text from "./near.wgsl";
import { meeting, type Stage } from "./stage";

const nearModule: Module = { path: "diagonal/near.wgsl", text };

const READ_ROWS = 16;

/** Writes that 16 reads have near, in sixteens: those of their tokens, and no more than a chunk has. */
function mostNear(frame: Frame, reads: ReadKind): number {
  const { steps } = frame;
  const writes = READ_ROWS * { AFTER: steps, BEFORE: steps, DELTA: 1, LOW_RANK: 2 }[reads];
  return Math.min(writes, 16 * Math.ceil(mostWrites(frame) / 16));
}

/** The pairs of reads and writes that are so near that every one has an exponent of its own. */
export function nearPairs(
  frame: Frame,
  {
    reads,
    left,
    right,
    slots,
  }: Required<Pick<Stage, "left" | "right" | "slots">> & { readonly reads: ReadKind },
): void {
  const { device, places, uses, decay, params, uniforms, ...rest } = meeting(frame, { reads, left, right });
  const blocks = Math.ceil(mostReads(frame, reads) / READ_ROWS);
  const groups = places * blocks;
  launch(device, {
    ...rest,
    main: nearModule,
    params: { ...params, NEAR: mostNear(frame, reads) },
    uses: [fours, ...uses],
    slots: [turns(device), decay, ...slots],
    uniforms: [...[groups, blocks, 1].map(u32), ...uniforms],
    workgroups: groups,
  });
}
