import type { Slot } from "../launch";
import type { Module } from "../runtime";
import type { Side } from "./frame";
import text from "./sides.wgsl";

const sidesModule: Module = { path: "diagonal/sides.wgsl", text };

/** Says which side is at hand. */
export const sidesSlot = (side: Side): Slot => ({ module: sidesModule, params: { OF_KEYS: side === "K" } });
