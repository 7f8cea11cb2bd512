import type { HostArray, Ops, Tensor } from "@webfla/ops";
import type { PlanOptions } from "@webfla/wgsl";
import { compute, type Results } from "../../test/verbs/compare";
import { gradientsOf } from "../../test/verbs/gradients";
import type { Case } from "../../test/verbs/maker";
import type { StorageType } from "../golden";

/** What is computed on a device and held against the CPU's results, or against its own `want`. */
export interface Row {
  readonly name: string;
  readonly run: <T extends Tensor>(ops: Ops<T>, storage: StorageType) => Promise<Results>;
  readonly want?: <T extends Tensor>(ops: Ops<T>, storage: StorageType) => Promise<Results>;
  /** Whether the backend may say that it has no such verb or gradient. */
  readonly mayBeUnsupported?: boolean;
  /** Relative error that a result may have. */
  readonly bounds: Readonly<Record<StorageType, number>>;
  /** Results that are gradients of gates, which may have three times as much in f16. */
  readonly gates?: readonly string[] | undefined;
}

/** Rows that share what their device is opened with. */
export interface Table {
  readonly name: string;
  readonly options?: PlanOptions;
  readonly storages?: readonly StorageType[];
  readonly rows: readonly Row[];
}

const forwardBounds = { f32: 1e-5, f16: 2e-3 };
const gradientBounds = { f32: 1e-4, f16: 5e-3 };

export const forward =
  (bounds: Row["bounds"] = forwardBounds) =>
  (of: Case): Row => ({ name: of.name, bounds, run: (ops, storage) => compute(ops, of, storage) });

const numbered = (values: readonly HostArray[]): Results =>
  Object.fromEntries(values.map((x, i) => [`input ${i}`, x]));

/** Gradients of every input as drawn. */
export const gradient =
  (bounds: Row["bounds"] = gradientBounds, gates?: Row["gates"]) =>
  (of: Case): Row => ({
    name: `gradients, ${of.name}`,
    bounds,
    gates,
    run: async (ops, storage) => numbered(await gradientsOf(ops, of, storage)),
  });
