import { launch, powerOfTwo } from "../launch";
import { turns } from "../product";
import { type Module, u32 } from "../runtime";
import { fours } from "../shared";
import type { ReadKind } from "../slots/chunk-laws";
import { type Frame, mostReads, mostWrites, type Side } from "./frame";
import text from "./near.wgsl";
import { meeting, type Stage } from "./stage";

const nearModule: Module = { path: "diagonal/near.wgsl", text };

const ROWS = 16;
const THREADS = 32;

/** The pairs of reads and writes that are so near that no reference splits their exponent. */
export function nearPairs(
  frame: Frame,
  {
    side,
    reads,
    left,
    right,
    slots,
  }: Required<Pick<Stage, "left" | "right" | "slots">> & { readonly reads: ReadKind; readonly side: Side },
): void {
  const { device, places, uses, decay, params, uniforms, ...rest } = meeting(frame, { reads, left, right });
  const { steps } = frame;
  const each = { AFTER: steps, BEFORE: steps, DELTA: 1, LOW_RANK: 2 }[reads];
  const blocks = Math.ceil(mostReads(frame, reads) / ROWS);
  const width = frame[side];
  const lanes = Math.min(THREADS, powerOfTwo(width / 4));
  const teams = Math.min(THREADS / lanes, blocks);
  const tiles = Math.ceil(blocks / teams);
  launch(device, {
    ...rest,
    main: nearModule,
    params: {
      ...params,
      EACH: each,
      LATE: reads === "BEFORE" || reads === "LOW_RANK" ? 1 : 0,
      OWN: reads === "DELTA" ? 0 : 1,
      NEAR: Math.min(ROWS * each, 16 * Math.ceil(mostWrites(frame) / 16)),
      LANES: lanes,
      TEAMS: teams,
      WHOLE: width % (4 * lanes) === 0,
      // on a processor the fewer rounds, the less there is to compile
      ROUND: device.info.isFallback ? 4 : 2,
    },
    uses: [fours, ...uses],
    slots: [turns(device), decay, ...slots],
    uniforms: [...[places * tiles, tiles, 1].map(u32), ...uniforms],
    workgroups: places * tiles,
  });
}
