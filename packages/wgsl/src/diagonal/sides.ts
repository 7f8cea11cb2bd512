import type { Slot } from "../launch";
import type { Module } from "../runtime";
import { type Frame, gateSide, type Side } from "./frame";
import text from "./sides.wgsl";

const sidesModule: Module = { path: "diagonal/sides.wgsl", text };

/** Says which side is at hand. */
export const sidesSlot = (frame: Frame, side: Side): Slot => ({
  module: sidesModule,
  params: { OF_KEYS: side === "K", SUMS_GATES: gateSide(frame) === side },
});
