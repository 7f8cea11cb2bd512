import type { Plan, TracedDispatch } from "@webfla/wgsl";
import type { LawChoice, VariantName } from "../variants/names";
import type { TierChoice } from "../worker/choices";

export type SideName = "cpu" | "webgpu";

/** A case to run. */
export interface RunRequest {
  readonly variant: VariantName;
  readonly laws: LawChoice;
  readonly lengths: readonly number[];
  readonly H: number;
  readonly HV: number;
  readonly K: number;
  readonly V: number;
  readonly seed: number;
  readonly storage: "f32" | "f16";
  readonly backward: boolean;
  readonly on: readonly SideName[];
  readonly tiers: TierChoice;
  readonly plan: Plan;
}

/** A tensor as a picture: tokens, or sequences and columns, go to the right. Cells that hold several numbers show the largest. */
export interface Grid {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array; // [rows, columns]
  /** The largest magnitude. */
  readonly peak: number;
}

/** A tensor on one side. */
export interface SideOfTensor {
  readonly side: SideName;
  /** Relative to the oracle; of a gradient estimated along random directions. */
  readonly error: number | undefined;
  readonly grid: Grid;
  /** From the oracle; of a gradient from the CPU's, on WebGPU. */
  readonly difference: Grid | undefined;
}

export interface TensorReport {
  readonly name: string;
  readonly kind: "output" | "state" | "gradient";
  readonly shape: readonly number[];
  readonly exact: Grid | undefined;
  readonly sides: readonly SideOfTensor[];
}

/** A kernel with all its dispatches of one text. */
export interface Stage extends Pick<TracedDispatch, "kernel" | "slots" | "constants" | "code" | "files"> {
  readonly pass: "forward" | "backward";
  readonly launches: number;
  readonly workgroups: number;
  readonly bytes: number;
  readonly nanoseconds: number | undefined;
}

export interface SideReport {
  readonly side: SideName;
  readonly name: string;
  readonly features: readonly string[];
  /** Milliseconds from the call to the last result read; the first one with what it compiles. */
  readonly firstMs: number;
  readonly forwardMs: number;
  readonly bothMs: number | undefined;
  /** Why there is no gradient. */
  readonly noGradient: string | undefined;
  readonly peakBytes: number;
  readonly stages: readonly Stage[];
}

export interface RunReport {
  readonly tolerance: number;
  readonly oracleMs: number;
  readonly tensors: readonly TensorReport[];
  readonly sides: readonly SideReport[];
  readonly lengths: readonly number[];
}

export interface LeakRequest extends RunRequest {
  /** The sequence that is drawn anew. */
  readonly changed: number;
}

/** How far each result of each sequence moved. */
export interface LeakReport {
  readonly changed: number;
  readonly side: string;
  readonly moved: readonly { readonly name: string; readonly bySequence: readonly number[] }[];
}
