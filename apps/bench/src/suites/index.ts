import type { Case, Size } from "../cases/case";
import type { Effort, Measurement } from "../measure/measurement";
import { cpuSuite } from "./cpu";
import { matmulCases, moduleCases } from "./dense";
import { backwardCases, costCases, decodeCases, forwardCases } from "./matrix-state";
import { layerCases, modelCases } from "./model";
import { varlenSuite } from "./varlen";

/** A list of cases for every adapter, or rows that need none. */
export type Suite =
  | { readonly cases: (size: Size) => readonly Case[] }
  | { readonly rows: (effort: Effort) => AsyncGenerator<Measurement> };

/** Every suite by name. */
export const suites: Readonly<Record<string, Suite>> = {
  varlen: { rows: varlenSuite },
  cpu: { rows: cpuSuite },
  forward: { cases: forwardCases },
  backward: { cases: backwardCases },
  decode: { cases: decodeCases },
  matmul: { cases: matmulCases },
  modules: { cases: moduleCases },
  cost: { cases: costCases },
  layer: { cases: layerCases },
  model: { cases: modelCases },
};
