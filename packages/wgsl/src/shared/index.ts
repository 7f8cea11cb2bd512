import type { Module } from "../runtime";
import foursText from "./fours.wgsl";
import gridText from "./grid.wgsl";
import lanesText from "./lanes.wgsl";
import mathText from "./math.wgsl";

/** Vectors of four. */
export const fours: Module = { path: "shared/fours.wgsl", text: foursText };
/** The flattened index of a workgroup. */
export const grid: Module = { path: "shared/grid.wgsl", text: gridText };
/** Scalar functions. */
export const math: Module = { path: "shared/math.wgsl", text: mathText };
/** Reductions over a workgroup; LANES is its size. */
export const lanes: Module = { path: "shared/lanes.wgsl", text: lanesText };
