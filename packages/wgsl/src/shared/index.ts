import type { Module } from "../runtime";
import gridText from "./grid.wgsl";
import lanesText from "./lanes.wgsl";
import mathText from "./math.wgsl";

/** The flattened index of a workgroup. */
export const grid: Module = { path: "shared/grid.wgsl", text: gridText };
/** Scalar functions. */
export const math: Module = { path: "shared/math.wgsl", text: mathText };
/** Reductions over a workgroup; LANES is its size. */
export const lanes: Module = { path: "shared/lanes.wgsl", text: lanesText };
