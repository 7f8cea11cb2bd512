import { fromCuSeqlens, type Varlen } from "@webfla/varlen";

/** The boundaries of a packed batch, as a Varlen or as FLA's cu_seqlens. */
export type Batch =
  | { readonly varlen: Varlen; readonly cuSeqlens?: undefined }
  | { readonly cuSeqlens: ArrayLike<number>; readonly varlen?: undefined };

export const batchOf = ({ varlen, cuSeqlens }: Batch): Varlen => varlen ?? fromCuSeqlens(cuSeqlens);

/** What every recurrent function takes besides its own tensors. */
export interface Recurrent<T> {
  /** Factor on q; each function names its default. */
  readonly scale?: number | undefined;
  readonly initialState?: T | undefined; // [N, HV, K, V] f32
  readonly outputFinalState?: boolean | undefined;
}

/** What most functions take: q, k [T, H, K] and v [T, HV, V]. */
export interface Qkv<T> extends Recurrent<T> {
  readonly q: T;
  readonly k: T;
  readonly v: T;
}
