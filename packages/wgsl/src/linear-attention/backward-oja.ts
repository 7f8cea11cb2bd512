import { binary, fill, transpose } from "../dense";
import type { GpuTensor } from "../runtime";
import { backThroughBonus, type Found } from "./backward-laws";
import { backThroughChunks, type Upstream } from "./backward-chunks";
import { type OjaCall, solveOja } from "./oja";
import { chunkedWrites } from "./writes";
