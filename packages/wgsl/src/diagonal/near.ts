import { launch } from "../launch";
import { turns } from "../product";
import { type Module, u32 } from "../runtime";
import { fours } from "../shared";
import type { ReadKind } from "../slots/chunk-laws";
import { type Frame, mostReads } from "./frame";
import text from "./near.wgsl";
import { meeting, type Stage } from "./stage";

const nearModule: Module = { path: "diagonal/near.wgsl", text };

const READ_ROWS = 16;

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
  const { device, places, uses, decay, uniforms, ...rest } = meeting(frame, { reads, left, right });
  const blocks = Math.ceil(mostReads(frame, reads) / READ_ROWS);
  const groups = places * blocks;
  launch(device, {
    ...rest,
    main: nearModule,
    uses: [fours, ...uses],
    slots: [turns(device), decay, ...slots],
    uniforms: [...[groups, blocks, 1].map(u32), ...uniforms],
    workgroups: groups,
  });
}
