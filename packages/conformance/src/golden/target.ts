import type { Ops, Tensor } from "@webfla/ops";

/** Relative RMS error that a result may have, by storage type. */
export const tolerances = { f32: 1e-4, f16: 5e-3 } as const;

/** Relative error that a loss may have: a mean over many rows, so a tenth of theirs. */
export const lossTolerances = { f32: 1e-5, f16: 5e-4 } as const;

export type StorageType = keyof typeof tolerances;

/** What golden files are verified on. */
export interface Target<T extends Tensor> {
  readonly ops: Ops<T>;
  readonly dtype: StorageType;
  readonly tolerance: number;
}

export const targetOf = <T extends Tensor>(ops: Ops<T>, dtype: StorageType): Target<T> => ({
  ops,
  dtype,
  tolerance: tolerances[dtype],
});
