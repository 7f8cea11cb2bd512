import type { Module } from "../runtime";
import foursText from "./fours.wgsl";
import gridText from "./grid.wgsl";
import lanesText from "./lanes.wgsl";
import mathText from "./math.wgsl";
import matricesText from "./matrices.wgsl";
import orderText from "./order.wgsl";
import rowsText from "./rows.wgsl";
import softmaxText from "./softmax.wgsl";

/** Vectors of four. */
export const fours: Module = { path: "shared/fours.wgsl", text: foursText };
/** The flattened index of a workgroup. */
export const grid: Module = { path: "shared/grid.wgsl", text: gridText };
/** Matrices of subgroups. */
export const matrices: Module = { path: "shared/matrices.wgsl", text: matricesText };
/** The order in which a pass visits chunks. */
export const order: Module = { path: "shared/order.wgsl", text: orderText };
/** Scalar functions. */
export const math: Module = { path: "shared/math.wgsl", text: mathText };
/** Reductions over teams of LANES threads, TEAMS of which are a workgroup. */
export const lanes: Module = { path: "shared/lanes.wgsl", text: lanesText };
/** Rows by teams of lanes. */
export const rows: Module = { path: "shared/rows.wgsl", text: rowsText };
/** Sums of the exponentials of a row, beside `rows` and `lanes`. */
export const softmaxParts: Module = { path: "shared/softmax.wgsl", text: softmaxText };
