import type { Ops, Tensor } from "@webfla/ops";
import type { PlanOptions } from "@webfla/wgsl";
import type { Point } from "../measure/measurement";
import type { Drawn, Recipe } from "./draw";

/** A computation on inputs of given sizes, for any backend. */
export interface Work {
  readonly inputs: Recipe;
  /** Its results belong to the caller. */
  readonly run: <T extends Tensor>(ops: Ops<T>, inputs: Drawn<T>) => readonly T[];
  /** Inputs of which a call reads a few rows: no part of the bytes that it must move. */
  readonly sparse?: readonly string[];
  /** Multiplications and additions of the equation as it is written. */
  readonly flops?: number;
  /** Those of one kernel, by its name. */
  readonly stageFlops?: Readonly<Record<string, number>>;
}

/** Another way to the same result, on the same device. */
export type Contender =
  | { readonly kind: "work"; readonly name: string; readonly work: Work; readonly expected?: number }
  | { readonly kind: "plan"; readonly name: string; readonly plan: PlanOptions }
  /** The CPU backend on less of the same, its time multiplied. */
  | { readonly kind: "cpu"; readonly work: Work; readonly times: number }
  /** onnxruntime-web's LinearAttention. */
  | ({ readonly kind: "ort" } & OrtCall);

/** A call of onnxruntime-web's operator: one sequence, K = V = D. */
export interface OrtCall {
  readonly rule: OrtRule;
  /** Gates for each key channel; one for a head otherwise. */
  readonly vector: boolean;
  readonly T: number;
  readonly H: number;
  readonly D: number;
}

export type OrtRule = "linear" | "gated" | "delta" | "gated_delta";

/** What is measured, and how it is known to be right: the same at a size that the CPU backend can check. */
export interface Case {
  readonly name: string;
  readonly work: Work;
  readonly check: Work;
  /** Relative RMSE allowed in each storage type. */
  readonly tolerance: { readonly f32: number; readonly f16: number };
  readonly contenders?: readonly Contender[];
  readonly points?: readonly Point[];
  /** Storage types that say something; both where absent. */
  readonly dtypes?: readonly ("f32" | "f16")[];
}

/** Sizes of a real run, or of one on a processor. */
export interface Size {
  readonly small: boolean;
}
